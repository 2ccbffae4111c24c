"""Effective access on Azure and in Microsoft Entra."""
