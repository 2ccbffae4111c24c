"""The command line: argv to calls of `nhi_scan.app`. No logic of its own; imports no cloud SDK, pandas or networkx."""
