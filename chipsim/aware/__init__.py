"""Hardware-aware training: a network learns in PyTorch with the noise, the converters and the drift of the chip that it will run on."""
