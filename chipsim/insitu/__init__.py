"""Training on the chip, one question and one answer: from the described experiment to its record."""
