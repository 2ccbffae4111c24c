"""From rule answers to an assessment: baseline, waivers, gate."""
