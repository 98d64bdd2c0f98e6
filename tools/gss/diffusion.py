"""The diffusion: noise schedule, what the network predicts, and solvers of the reverse process.

Everything is written in D = Y - mu, in which Grad-TTS's process is the plain variance-preserving one:
D_t = alpha_t D_0 + sigma_t z.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch

from .config import ModelConfig, SamplingConfig, ScheduleConfig

# DPM-Solver++ takes its last clean estimate here, where sigma is 0.008.
LAST_TIME = 1e-3

Scalar = float | torch.Tensor


@dataclass(frozen=True)
class Schedule:
    """beta_t = beta_min + (beta_max - beta_min) t for t in 0..1; times are floats or tensors."""

    beta_min: float
    beta_max: float

    @classmethod
    def of(cls, config: ScheduleConfig) -> Schedule:
        return cls(config.beta_min, config.beta_max)

    def beta(self, t: Scalar) -> Scalar:
        return self.beta_min + (self.beta_max - self.beta_min) * t

    def accumulated(self, t: Scalar) -> Scalar:
        """B_t, the integral of beta from 0 to t."""
        return self.beta_min * t + 0.5 * (self.beta_max - self.beta_min) * t * t

    def alpha(self, t: torch.Tensor) -> torch.Tensor:
        return torch.exp(-0.5 * self.accumulated(t))

    def variance(self, t: torch.Tensor) -> torch.Tensor:
        return -torch.expm1(-self.accumulated(t))

    def sigma(self, t: torch.Tensor) -> torch.Tensor:
        return self.variance(t).sqrt()

    def log_snr_half(self, t: torch.Tensor) -> torch.Tensor:
        """lambda_t = ln(alpha_t / sigma_t)."""
        return -0.5 * self.accumulated(t) - 0.5 * self.variance(t).log()

    def time(self, log_snr_half: torch.Tensor) -> torch.Tensor:
        """The time at which lambda_t has this value."""
        doubled = 2.0 * torch.nn.functional.softplus(-2.0 * log_snr_half)
        slope = self.beta_max - self.beta_min
        return doubled / ((self.beta_min**2 + slope * doubled).sqrt() + self.beta_min)


def network_target(parameterization: str, clean: torch.Tensor, noise: torch.Tensor, alpha: Scalar, sigma: Scalar):
    """What the network should output for D_t = alpha clean + sigma noise."""
    match parameterization:
        case "score":
            return -noise / sigma
        case "noise":
            return noise
        case "v":
            return alpha * noise - sigma * clean
    raise ValueError(f'parameterization must be "score", "noise" or "v", not "{parameterization}"')


def clean_factors(parameterization: str, alpha: Scalar, sigma: Scalar) -> tuple[Scalar, Scalar]:
    """(p, q) of the clean estimate D_0 = p D_t + q output."""
    match parameterization:
        case "score":
            return 1.0 / alpha, sigma * sigma / alpha
        case "noise":
            return 1.0 / alpha, -sigma / alpha
        case "v":
            return alpha, -sigma
    raise ValueError(f'parameterization must be "score", "noise" or "v", not "{parameterization}"')


@dataclass(frozen=True)
class Step:
    """D_next = a D + b clean + c previous_clean + noise z, the network evaluated at `time`."""

    time: float
    a: float
    b: float
    c: float = 0.0
    noise: float = 0.0


def solver_steps(
    solver: str, schedule: Schedule, steps: int, t_start: float = 1.0, t_end: float = LAST_TIME
) -> list[Step]:
    """Coefficients of a solver, in double precision; the last step returns the clean estimate. `t_end` is where
    DPM-Solver++ takes it; the others have a grid of their own."""
    if steps < 1:
        raise ValueError(f"at least one step is needed, not {steps}")
    if solver == "dpm++2m":
        return _dpm_solver_2m(schedule, steps, t_start, t_end)
    interval_step = {
        "pf-euler": _probability_flow_euler,
        "euler-maruyama": _euler_maruyama,
        "ml-sde": _maximum_likelihood,
        "ddim": _ddim,
    }.get(solver)
    if interval_step is None:
        raise ValueError(f"there is no solver {solver!r}")
    times = [t_start * (steps - i) / steps for i in range(steps + 1)]
    result = [interval_step(schedule, t, u) for t, u in pairwise(times[:-1])]
    last = interval_step(schedule, times[-2], times[-1])
    return [*result, Step(last.time, 0.0, 1.0)]


def _values(schedule: Schedule, t: float) -> tuple[float, float]:
    time = torch.tensor(t, dtype=torch.float64)
    return schedule.alpha(time).item(), schedule.sigma(time).item()


def _probability_flow_euler(schedule: Schedule, t: float, u: float) -> Step:
    """Euler on the ODE at the middle of the interval (Grad-TTS): D + (D + score) beta h / 2."""
    middle = 0.5 * (t + u)
    alpha, sigma = _values(schedule, middle)
    rate = 0.5 * schedule.beta(middle) * (t - u)
    return Step(middle, 1.0 + rate - rate / sigma**2, rate * alpha / sigma**2)


def _euler_maruyama(schedule: Schedule, t: float, u: float) -> Step:
    """Euler on the reverse SDE at the middle of the interval: D + (D / 2 + score) beta h + noise."""
    middle = 0.5 * (t + u)
    alpha, sigma = _values(schedule, middle)
    rate = schedule.beta(middle) * (t - u)
    return Step(middle, 1.0 + 0.5 * rate - rate / sigma**2, rate * alpha / sigma**2, noise=math.sqrt(rate))


def _maximum_likelihood(schedule: Schedule, t: float, u: float) -> Step:
    """DiffVC's maximum-likelihood solver in its three-coefficient form: the exact posterior."""
    decay = math.exp(-0.5 * (schedule.accumulated(t) - schedule.accumulated(u)))
    alpha_u, sigma_u = _values(schedule, u)
    _, sigma_t = _values(schedule, t)
    gained = 1.0 - decay**2
    return Step(
        t,
        decay * sigma_u**2 / sigma_t**2,
        alpha_u * gained / sigma_t**2,
        noise=sigma_u * math.sqrt(gained) / sigma_t,
    )


def _ddim(schedule: Schedule, t: float, u: float) -> Step:
    alpha_t, sigma_t = _values(schedule, t)
    alpha_u, sigma_u = _values(schedule, u)
    ratio = sigma_u / sigma_t
    return Step(t, ratio, alpha_u - ratio * alpha_t)


def _dpm_solver_2m(schedule: Schedule, steps: int, t_start: float, t_end: float) -> list[Step]:
    """DPM-Solver++(2M) on a grid uniform in lambda, from `t_start` to `t_end`."""
    start, end = (schedule.log_snr_half(torch.tensor(t, dtype=torch.float64)) for t in (t_start, t_end))
    fractions = torch.arange(steps, dtype=torch.float64) / max(steps - 1, 1)
    lambdas = start + (end - start) * fractions
    times = schedule.time(lambdas).tolist()
    lambdas = lambdas.tolist()
    result = []
    for i in range(steps - 1):
        (_, sigma_t), (alpha_u, sigma_u) = _values(schedule, times[i]), _values(schedule, times[i + 1])
        gain = -alpha_u * math.expm1(lambdas[i] - lambdas[i + 1])
        # 1 / (2 r) of the paper; the first step has no previous estimate and is of first order.
        extrapolation = 0.5 * (lambdas[i + 1] - lambdas[i]) / (lambdas[i] - lambdas[i - 1]) if i else 0.0
        result.append(Step(times[i], sigma_u / sigma_t, gain * (1.0 + extrapolation), -gain * extrapolation))
    return [*result, Step(times[-1], 0.0, 1.0)]


@dataclass(frozen=True)
class Sampler:
    """A reverse diffusion; see `SamplingConfig` for the settings."""

    schedule: Schedule
    parameterization: str
    solver: str = "dpm++2m"
    steps: int = 6
    temperature: float = 1.0
    clip: float | None = None
    t_start: float = 1.0
    detail: float = 1.0
    t_end: float = LAST_TIME

    @classmethod
    def of(cls, config: ModelConfig, sampling: SamplingConfig) -> Sampler:
        """That of a model with these settings; their guidance is the network's."""
        return cls(
            Schedule.of(config.schedule),
            (config.score_tcn or config.score_unet).parameterization,
            sampling.solver,
            sampling.steps,
            sampling.temperature,
            sampling.clip,
            sampling.t_start,
            sampling.detail,
            sampling.t_end,
        )

    def __call__(
        self,
        network: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
        mu: torch.Tensor,
        start_noise: torch.Tensor,
        step_noise: Callable[[int], torch.Tensor] | None = None,
    ) -> torch.Tensor:
        """Sample Y_0 [batch, frames, n_mels] from `network(Y_t, t)`, with standard normal `start_noise`
        and, for stochastic solvers, `step_noise(step)`."""
        _, start_sigma = _values(self.schedule, self.t_start)
        difference = start_noise * (self.temperature * start_sigma)
        previous = torch.zeros_like(mu)
        for index, step in enumerate(solver_steps(self.solver, self.schedule, self.steps, self.t_start, self.t_end)):
            p, q = clean_factors(self.parameterization, *_values(self.schedule, step.time))
            t = torch.full((len(mu),), step.time, dtype=mu.dtype, device=mu.device)
            clean = p * difference + q * network(mu + difference, t)
            if self.clip is not None:
                clean = clean.clamp(-self.clip, self.clip)
            difference = step.a * difference + step.b * clean + step.c * previous
            if step.noise > 0.0:
                if step_noise is None:
                    raise ValueError(f"the solver {self.solver} adds noise at each step: give step_noise")
                difference = difference + step.noise * step_noise(index)
            previous = clean
        return mu + self.detail * difference
