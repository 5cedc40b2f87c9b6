"""Studies: what devices, responses, programming and drift do, as tables of plain numbers."""
