"""The parts of recording activations: which layers, what is fed, what is made of an output, and where it is kept."""
