"""What else could do the work: other machines by their ratings, and a von Neumann machine by the bytes it moves."""
