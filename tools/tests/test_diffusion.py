"""Identities of the schedule and of the solvers."""

import math

import pytest
import torch

from gss.diffusion import Sampler, Schedule, clean_factors, network_target, solver_steps

SCHEDULE = Schedule(0.05, 20.0)
SOLVERS = ["pf-euler", "euler-maruyama", "ml-sde", "ddim", "dpm++2m"]


def values(t: float) -> tuple[float, float]:
    time = torch.tensor(t, dtype=torch.float64)
    return SCHEDULE.alpha(time).item(), SCHEDULE.sigma(time).item()


@pytest.mark.parametrize(
    ("t", "alpha", "sigma", "log_snr_half"),
    [(0.001, 0.99997, 0.00774, 4.861), (0.3, 0.63358, 0.77368, -0.200), (1.0, 0.00665, 0.99998, -5.012)],
)
def test_schedule_has_the_known_values(t, alpha, sigma, log_snr_half):
    time = torch.tensor(t, dtype=torch.float64)
    assert values(t) == pytest.approx((alpha, sigma), abs=6e-6)
    assert SCHEDULE.log_snr_half(time).item() == pytest.approx(log_snr_half, abs=6e-4)
    assert SCHEDULE.time(SCHEDULE.log_snr_half(time)).item() == pytest.approx(t, abs=1e-12)


@pytest.mark.parametrize("parameterization", ["score", "noise", "v"])
def test_a_perfect_network_gives_the_clean_signal(parameterization):
    alpha, sigma = values(0.4)
    clean, noise = torch.randn(2, 50, dtype=torch.float64)
    noisy = alpha * clean + sigma * noise
    p, q = clean_factors(parameterization, alpha, sigma)
    torch.testing.assert_close(p * noisy + q * network_target(parameterization, clean, noise, alpha, sigma), clean)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_the_last_step_returns_the_clean_estimate(solver, steps):
    table = solver_steps(solver, SCHEDULE, steps)
    assert len(table) == steps
    assert (table[-1].a, table[-1].b, table[-1].c, table[-1].noise) == (0.0, 1.0, 0.0, 0.0)


def test_maximum_likelihood_is_diffvcs_update():
    """a D + b D_0 equals DiffVC's D (beta h / 2 + omega + 1) + s (1 + kappa) beta h."""
    steps = 6
    for i, step in enumerate(solver_steps("ml-sde", SCHEDULE, steps)[:-1]):
        t, u, h = 1 - i / steps, 1 - (i + 1) / steps, 1 / steps
        (alpha_t, sigma_t), (alpha_u, sigma_u) = values(t), values(u)
        decay = alpha_t / alpha_u
        mu = decay * sigma_u**2 / sigma_t**2
        nu = alpha_u * (1 - decay**2) / sigma_t**2
        rate = SCHEDULE.beta(t) * h
        kappa = nu * sigma_t**2 / (alpha_t * rate) - 1
        omega = nu / alpha_t + mu - (rate / 2 + 1)
        difference, score = 0.7, -1.3
        theirs = difference + difference * (rate / 2 + omega) + score * (1 + kappa) * rate
        clean = (difference + sigma_t**2 * score) / alpha_t
        assert step.a * difference + step.b * clean == pytest.approx(theirs, rel=1e-12)
        assert step.noise == pytest.approx(math.sqrt(sigma_u**2 * (1 - decay**2) / sigma_t**2), rel=1e-12)


def test_ddim_is_first_order_dpm_solver():
    """From the same times, the update without extrapolation is DDIM's."""
    (alpha_t, sigma_t), (alpha_u, sigma_u) = values(0.5), values(0.25)
    ddim = solver_steps("ddim", SCHEDULE, 2, t_start=0.5)[0]
    h = math.log(alpha_u / sigma_u) - math.log(alpha_t / sigma_t)
    assert ddim.a == pytest.approx(sigma_u / sigma_t, rel=1e-12)
    assert ddim.b == pytest.approx(-alpha_u * math.expm1(-h), rel=1e-12)


@pytest.mark.parametrize("solver", ["pf-euler", "ddim", "dpm++2m"])
def test_deterministic_solvers_transport_a_gaussian(solver):
    """For D_0 ~ N(0, 0.5^2) the exact flow scales the starting noise by 0.5."""
    variance = 0.25
    mu = torch.zeros(1, 8, 1, dtype=torch.float64)

    def network(noisy: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        alpha, sigma = SCHEDULE.alpha(t), SCHEDULE.sigma(t)
        clean = alpha * variance / (alpha**2 * variance + sigma**2) * noisy
        return (noisy - alpha * clean) / sigma

    start = torch.linspace(-2, 2, 8, dtype=torch.float64)[None, :, None]
    result = Sampler(SCHEDULE, "noise", solver, steps=200)(network, mu, start)
    torch.testing.assert_close(result, 0.5 * start, atol=0.02, rtol=0.0)
