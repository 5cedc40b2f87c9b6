"""How weights are written into crossbars."""
