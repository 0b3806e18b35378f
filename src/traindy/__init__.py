"""TrainDy: recommends articles to customers from what similar customers bought."""
