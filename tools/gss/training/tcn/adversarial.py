"""Train the one-dimensional score network on against critics, on the sampler as synthesis runs it.

    python -m gss.training.tcn.adversarial CROPS DEV_CROPS MODEL OUTPUT --start RUNS/tcn/score.pt --minutes 60

A network that minimises squared errors gives means, which few steps of a solver leave blurred. Here crops are spoken
from noise with the few evaluations of synthesis, around transported means, along the pitch of the recording; the last
evaluation is learnt through, against critics that tell what was made from what was recorded (after Sauer et al.,
"Adversarial Diffusion Distillation", arXiv 2311.17042, and Liu et al., "DiffGAN-TTS", arXiv 2201.11972). Since the
pitch is that of the recording, what is made can be held against it, harmonic by harmonic. Some crops keep up the
diffusion's own loss, by which the evaluations before the last are learnt.

The options of `gss.training.tcn.train` hold here, too.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ... import checkpoint
from ...config import ModelConfig
from ...diffusion import Sampler, Schedule
from ...options import add_options, option, resolve
from .critics import Critics
from .crops import CropBatch, Crops
from .train import TcnOptions, Trainer, diffusion_loss, fit

# With little momentum: the critics' opponent moves.
CRITIC_BETAS = (0.5, 0.9)


@dataclass
class AdversarialOptions(TcnOptions):
    """Options of this training."""

    minutes: float = option(60.0, "length of the whole run, which the learning rate follows; see --updates")
    learning_rate: float = option(2e-4, "highest learning rate")
    critic_rate: float = option(2e-4, "learning rate of the critics")
    crops: int = option(8, "crops that are spoken in an update")
    denoised: int = option(2, "how many of them also keep up the diffusion loss")
    alone: int = option(50, "first updates, in which only the critics learn")
    steps: int = option(2, "evaluations of the network in a synthesis")
    t_end: float = option(0.16, "diffusion time of the last evaluation")
    temperature: float = option(0.6, "factor of the initial noise")
    adversarial_weight: float = option(0.5, "weight of the critics' judgement")
    feature_weight: float = option(2.0, "weight of the distance between the critics' features (feature matching)")
    mel_weight: float = option(0.5, "weight of the distance from the recording's mel")


class AdversarialTrainer(Trainer):
    """A score network and its critics."""

    options: AdversarialOptions

    def __init__(self, config: ModelConfig, options: AdversarialOptions) -> None:
        super().__init__(config, options)
        self.sampler = Sampler(
            Schedule.of(config.schedule), config.score_tcn.parameterization, "dpm++2m", options.steps,
            options.temperature, 3.0, t_end=options.t_end,
        )  # fmt: skip
        self.critics = Critics(config.style_encoder.style)
        self.critic_optimizer = torch.optim.AdamW(self.critics.parameters(), options.critic_rate, CRITIC_BETAS)

    def state(self) -> dict[str, Any]:
        own = {"critics": self.critics.state_dict(), "critic_optimizer": self.critic_optimizer.state_dict()}
        return super().state() | own

    def resume(self, state: dict[str, Any]) -> None:
        super().resume(state)
        self.critics.load_state_dict(state["critics"])
        self.critic_optimizer.load_state_dict(state["critic_optimizer"])

    def speak(self, batch: CropBatch) -> Tensor:
        """Mels of a batch's crops, sampled as in synthesis; the last evaluation is learnt through."""
        entries, pitch = self.network.reference_encoder(batch.reference), batch.pitch(self.config.audio)
        evaluations = 0

        def network(noisy: Tensor, t: Tensor) -> Tensor:
            nonlocal evaluations
            evaluations += 1
            with torch.set_grad_enabled(evaluations == self.options.steps):
                return self.network(noisy, batch.carried, t, batch.style, entries, pitch)

        return self.sampler(network, batch.carried, torch.randn_like(batch.carried))

    def losses(self, batch: CropBatch) -> dict[str, Tensor]:
        options, made = self.options, self.speak(batch)
        judged = [self.critics(mel, batch.carried, batch.style) for mel in (batch.mel, made.detach())]
        critic_loss = sum((real - 1.0).square().mean() + fake.square().mean() for (real, _), (fake, _) in zip(*judged))
        self.critic_optimizer.zero_grad()
        critic_loss.backward()
        self.critic_optimizer.step()

        few = CropBatch(*(getattr(batch, name)[: options.denoised] for name in CropBatch.__dataclass_fields__))
        losses = {"diffusion": diffusion_loss(self.network, self.config, few)}
        if self.step >= options.alone:
            self.critics.requires_grad_(False)
            with torch.no_grad():
                wanted = [features for _, features in self.critics(batch.mel, batch.carried, batch.style)]
            said = self.critics(made, batch.carried, batch.style)
            distances = [
                (a - b).abs().mean()
                for (_, features), others in zip(said, wanted, strict=True)
                for a, b in zip(features, others, strict=True)
            ]
            self.critics.requires_grad_(True)
            losses |= {
                "adversarial": options.adversarial_weight * sum((score - 1.0).square().mean() for score, _ in said),
                "features": options.feature_weight * sum(distances) / len(distances),
                "mel": options.mel_weight * (made - batch.mel).abs().mean(),
            }
        self.critic_loss = critic_loss.item()
        return losses

    def update(self, batch: CropBatch, lr: float) -> dict[str, float]:
        losses = super().update(batch, lr)
        return {"critics": self.critic_loss, **losses}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("speech", "dev_speech", "model", "output"):
        parser.add_argument(name, type=Path)
    add_options(parser, AdversarialOptions)
    arguments = parser.parse_args()
    options = resolve(arguments, AdversarialOptions, arguments.output)
    if not 1 <= options.denoised <= options.crops:
        parser.error(f"--denoised is a number of the {options.crops} crops of an update, not {options.denoised}")
    if not options.start:
        parser.error("--start names the run of gss.training.tcn.train to go on from")
    config = ModelConfig.from_dict(checkpoint.load(Path(options.start))["config"])
    fit(AdversarialTrainer(config, options), Crops(arguments.speech), Crops(arguments.dev_speech), arguments.output)


if __name__ == "__main__":
    main()
