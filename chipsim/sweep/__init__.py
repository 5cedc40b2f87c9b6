"""Many runs as easily and safely as one: axes, points, engines, tables, search."""
