"""A KL divergence was taken over the batch axis; here it is over classes, image by image."""

import torch

from fieldmark.training.losses import distillation_loss


def test_trap_27_the_divergence_of_a_batch_is_the_mean_of_its_images() -> None:
    generator = torch.Generator().manual_seed(0)
    student, teacher = torch.randn(2, 5, 4, generator=generator).unbind()
    whole = distillation_loss(student, teacher, temperature=2.0)
    single = [
        distillation_loss(student[i : i + 1], teacher[i : i + 1], temperature=2.0) for i in range(5)
    ]
    torch.testing.assert_close(whole, torch.stack(single).mean())


def test_trap_27_one_image_diverges_though_a_batch_of_one_has_nothing_to_differ_from() -> None:
    """Over the batch axis a softmax of one image is 1 everywhere, and nothing would diverge."""
    student, teacher = torch.tensor([[0.0, 1.0, 2.0]]), torch.tensor([[2.0, 1.0, 0.0]])
    assert float(distillation_loss(student, teacher, temperature=1.0)) > 0.5
