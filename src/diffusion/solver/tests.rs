//! Identities between the solvers, and how well each integrates a process with a known score.

use super::super::{LAST_TIME, MAX_STEPS, Parameterization, Sampling, SolverTable};
use super::{DiffusionError, Schedule, Solver, Update, dpm_solver, maximum_likelihood};

fn schedule() -> Schedule {
    Schedule::new(0.05, 20.0).unwrap()
}

fn sampling(solver: Solver, steps: usize) -> Sampling {
    Sampling {
        solver,
        steps,
        t_start: 1.0,
        t_end: LAST_TIME,
        clip: None,
        detail: 1.0,
    }
}

fn table(solver: Solver, steps: usize) -> SolverTable {
    SolverTable::new(
        &schedule(),
        Parameterization::Score,
        &sampling(solver, steps),
    )
    .unwrap()
}

#[test]
fn every_solver_ends_with_the_clean_estimate() {
    for solver in Solver::ALL {
        for steps in [1, 2, 3, 6, 100, MAX_STEPS] {
            let table = table(solver, steps);
            assert_eq!(table.rows().len(), steps, "{solver}");
            let last = table.rows()[steps - 1];
            assert_eq!(
                (last.a, last.b, last.c, last.noise),
                (0.0, 1.0, 0.0, 0.0),
                "{solver} of {steps} steps"
            );
            for row in table.rows() {
                assert!(
                    row.to_array().iter().all(|value| value.is_finite()),
                    "{solver} of {steps} steps: {row:?}"
                );
            }
            assert!(
                table
                    .rows()
                    .windows(2)
                    .all(|pair| pair[1].time < pair[0].time),
                "{solver}: times fall"
            );
        }
    }
}

#[test]
fn the_first_step_of_2m_is_ddim_s() {
    // Without a previous estimate 2M is of first order, and its first order is DDIM.
    let schedule = schedule();
    let [first, second] = dpm_solver::updates(&schedule, 2, 1.0, LAST_TIME)[..] else {
        panic!("two updates")
    };
    let (t, u) = (first.time, second.time);
    let noise = schedule.sigma(u) / schedule.sigma(t);
    assert!((first.state - noise).abs() < 1e-14);
    assert!((first.clean - (schedule.alpha(u) - noise * schedule.alpha(t))).abs() < 1e-14);
    assert!(first.previous.abs() < 1e-300);
}

#[test]
fn maximum_likelihood_is_diffvc_s_update() {
    // The form in which DiffVC states it: kappa and omega correct the Euler-Maruyama step.
    let schedule = schedule();
    let steps = 7;
    let h = 1.0 / steps as f64;
    for (i, update) in maximum_likelihood::updates(&schedule, steps, 1.0)
        .into_iter()
        .enumerate()
    {
        let t = 1.0 - i as f64 * h;
        let u = if i + 1 == steps { 0.0 } else { t - h };
        let g = |a: f64, b: f64| schedule.decay(a, b);
        let (to_u, to_t, between) = (g(0.0, u), g(0.0, t), g(u, t));
        let mu = between * (1.0 - to_u * to_u) / (1.0 - to_t * to_t);
        let nu = to_u * (1.0 - between * between) / (1.0 - to_t * to_t);
        let rate = schedule.beta(t) * h;
        let kappa = nu * (1.0 - to_t * to_t) / (to_t * rate) - 1.0;
        let omega = nu / to_t + mu - (rate / 2.0 + 1.0);
        let (noisy, clean) = (0.8, -0.35);
        let score = (to_t * clean - noisy) / (1.0 - to_t * to_t);
        let theirs = noisy + noisy * (rate / 2.0 + omega) + score * (1.0 + kappa) * rate;
        let ours = update.state * noisy + update.clean * clean;
        assert!(
            (ours - theirs).abs() < 1e-12,
            "step {i}: {ours} against {theirs}"
        );
    }
}

#[test]
fn maximum_likelihood_keeps_the_marginals() {
    // Ancestral sampling of the exact posterior: for D_t = alpha_t x + sigma_t z and the true x,
    // D_u has mean alpha_u x and variance sigma_u^2.
    let schedule = schedule();
    let steps = 10;
    for (i, update) in maximum_likelihood::updates(&schedule, steps, 1.0)
        .into_iter()
        .enumerate()
    {
        let u = (steps - 1 - i) as f64 / steps as f64;
        let Update {
            time,
            state,
            clean,
            noise,
            ..
        } = update;
        let mean = state * schedule.alpha(time) + clean;
        let variance = state * state * schedule.variance(time) + noise * noise;
        assert!(
            (mean - schedule.alpha(u)).abs() < 1e-14,
            "mean after step {i}"
        );
        assert!(
            (variance - schedule.variance(u)).abs() < 1e-14,
            "variance after step {i}"
        );
    }
}

/// A two-component Gaussian mixture as the distribution of `D_0`, whose score is known at every time.
const MIXTURE: [(f64, f64); 2] = [(-1.0, 0.3), (0.8, 0.25)];

fn mixture_score(schedule: &Schedule, x: f64, t: f64) -> f64 {
    let parts = MIXTURE.map(|(mean, deviation)| {
        let (alpha, centre) = (schedule.alpha(t), schedule.alpha(t) * mean);
        let variance = (alpha * deviation).powi(2) + schedule.variance(t);
        let log_weight = -0.5 * (x - centre).powi(2) / variance - 0.5 * variance.ln();
        (log_weight, (centre - x) / variance)
    });
    let top = parts[0].0.max(parts[1].0);
    let weights = parts.map(|(log_weight, _)| (log_weight - top).exp());
    (weights[0] * parts[0].1 + weights[1] * parts[1].1) / (weights[0] + weights[1])
}

fn solve(schedule: &Schedule, table: &SolverTable, start: f64) -> f64 {
    let (mut state, mut clean) = (start, 0.0);
    for row in table.rows() {
        let estimate = row.p * state + row.q * mixture_score(schedule, state, row.time);
        state = row.a * state + row.b * estimate + row.c * clean;
        clean = estimate;
    }
    state
}

/// Root mean square difference from the exact probability flow, over starts of the standard normal
/// distribution (an even grid, weighted with its density).
fn flow_error(solver: Solver, steps: usize) -> f64 {
    let schedule = schedule();
    let fine = table(Solver::DpmSolverPlusPlus2M, MAX_STEPS);
    let coarse = table(solver, steps);
    let (mut sum, mut weights) = (0.0, 0.0);
    for i in 0..=160 {
        let start = -4.0 + f64::from(i) / 20.0;
        let weight = (-0.5 * start * start).exp();
        let difference = solve(&schedule, &coarse, start) - solve(&schedule, &fine, start);
        sum += weight * difference * difference;
        weights += weight;
    }
    (sum / weights).sqrt()
}

#[test]
fn deterministic_solvers_converge_to_the_probability_flow() {
    // A separate implementation, over 4,000 normal starts, gave 0.074, 0.050, 0.009; 0.207, 0.111, 0.024;
    // and 0.135, 0.075, 0.003.
    for (solver, bounds) in [
        (Solver::ProbabilityFlowEuler, [0.10, 0.065, 0.014]),
        (Solver::Ddim, [0.28, 0.15, 0.035]),
        (Solver::DpmSolverPlusPlus2M, [0.18, 0.10, 0.007]),
    ] {
        for (steps, bound) in [6, 10, 50].into_iter().zip(bounds) {
            let error = flow_error(solver, steps);
            assert!(error < bound, "{solver} with {steps} steps: {error}");
        }
    }
}

#[test]
fn the_order_of_2m_is_two_and_ddim_s_one() {
    let order = |solver| (flow_error(solver, 20) / flow_error(solver, 80)).log(4.0);
    let (ddim, multistep) = (order(Solver::Ddim), order(Solver::DpmSolverPlusPlus2M));
    assert!(
        (0.8..1.2).contains(&ddim),
        "DDIM converges with order {ddim}"
    );
    assert!(
        (1.5..2.5).contains(&multistep),
        "2M converges with order {multistep}"
    );
}

#[test]
fn detail_scales_the_result_and_nothing_before_it() {
    for solver in Solver::ALL {
        let settings = sampling(solver, 5);
        let make = |settings| {
            SolverTable::new(&schedule(), Parameterization::Velocity, &settings).unwrap()
        };
        let (whole, less) = (
            make(settings),
            make(Sampling {
                detail: 0.75,
                ..settings
            }),
        );
        assert_eq!(whole.rows()[..4], less.rows()[..4], "{solver}");
        assert_eq!(less.rows()[4].b, 0.75, "{solver}");
        assert_eq!(whole.rows()[4].b, 1.0, "{solver}");
    }
}

#[test]
fn only_dpm_solver_ends_where_it_is_told() {
    for solver in Solver::ALL {
        let make = |t_end| {
            let settings = Sampling {
                t_end,
                ..sampling(solver, 4)
            };
            SolverTable::new(&schedule(), Parameterization::Velocity, &settings).unwrap()
        };
        let (usual, early) = (make(LAST_TIME), make(0.05));
        if solver == Solver::DpmSolverPlusPlus2M {
            assert_eq!((usual.rows()[3].time, early.rows()[3].time), (1e-3, 0.05));
            assert_eq!(usual.rows()[0].time, early.rows()[0].time);
        } else {
            assert_eq!(usual, early, "{solver}");
        }
    }
}

#[test]
fn impossible_settings_are_refused() {
    let schedule = schedule();
    let make = |sampling| SolverTable::new(&schedule, Parameterization::Score, &sampling);
    let default = sampling(Solver::DpmSolverPlusPlus2M, 4);
    assert_eq!(
        make(Sampling {
            steps: 0,
            ..default
        }),
        Err(DiffusionError::Steps {
            steps: 0,
            most: MAX_STEPS
        })
    );
    assert_eq!(
        make(Sampling {
            steps: MAX_STEPS + 1,
            ..default
        }),
        Err(DiffusionError::Steps {
            steps: MAX_STEPS + 1,
            most: MAX_STEPS
        })
    );
    for t_start in [0.0, 1e-3, 1.5, f64::NAN] {
        assert!(
            matches!(
                make(Sampling { t_start, ..default }),
                Err(DiffusionError::Start { .. })
            ),
            "{t_start}"
        );
    }
    for t_end in [0.0, 1.0, -0.5, f64::NAN] {
        assert!(
            matches!(
                make(Sampling { t_end, ..default }),
                Err(DiffusionError::End(_))
            ),
            "{t_end}"
        );
    }
    for detail in [-0.1, 1.1, f64::NAN] {
        assert!(
            matches!(
                make(Sampling { detail, ..default }),
                Err(DiffusionError::Detail(_))
            ),
            "{detail}"
        );
    }
    for clip in [0.0, -1.0, f64::NAN] {
        assert!(
            matches!(
                make(Sampling {
                    clip: Some(clip),
                    ..default
                }),
                Err(DiffusionError::Clip(_))
            ),
            "{clip}"
        );
    }
}

#[test]
fn names_lead_to_their_solvers() {
    for solver in Solver::ALL {
        assert_eq!(solver.name().parse::<Solver>(), Ok(solver));
        assert_eq!(serde_json::to_value(solver).unwrap(), solver.name());
    }
    let message = "euler".parse::<Solver>().unwrap_err().to_string();
    assert!(
        message.contains("`euler`") && message.contains("dpm++2m, ddim"),
        "{message}"
    );
}
