"""What the texts on the command line mean, verb by verb, and where the answer goes."""
