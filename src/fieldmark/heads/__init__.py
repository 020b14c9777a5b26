"""What is learnt on top of embeddings: linear, logistic, ridge, MLP, neighbours, prototypes.

Knows embeddings, label spaces, taxonomies and score kinds; nothing of images or metrics. May import
embeddings and what lies below it.
"""

__all__ = [
    "class_weights",
    "compiled_training",
    "early_stopping",
    "fine_to_coarse",
    "hat_matrix",
    "head",
    "hierarchical",
    "hierarchical_settings",
    "hierarchical_training",
    "inner_folds",
    "kinds",
    "linear",
    "linear_scores",
    "logistic",
    "logistic_folds",
    "minibatches",
    "mlp",
    "neighbours",
    "origin",
    "packed_linear",
    "prototypes",
    "quasi_newton",
    "ridge",
    "settings",
    "softmax_regression",
    "standardisation",
    "storage",
    "trained_head",
    "trained_pass",
    "tree_layout",
    "tree_losses",
    "tree_objective",
    "tree_reading",
    "tree_scores",
]
