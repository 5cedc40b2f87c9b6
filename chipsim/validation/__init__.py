"""Chips against what was printed of them: figures files, what they ask for, how near chipsim comes."""
