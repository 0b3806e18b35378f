"""The conditional variational autoencoder: net, losses, training, and what serves its recommendations."""
