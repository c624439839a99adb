//! `hark npu-check` with the simulator in the device's place: what passes, and where it ends when something is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod common;

use common::{Ended, Sandbox, npu};
use serde_json::Value;

const STEPS: [&str; 6] = ["passthrough", "element-wise", "product", "attention", "layer", "encoder"];

fn check(sandbox: &Sandbox, variables: &[(&str, &str)]) -> (Ended, Value) {
    let mut command = sandbox.command(&["npu-check", "--json", "result.json"]);
    command.env("HARK_NPU", "sim").env("HARK_NPU_LIBRARY", npu::library());
    let ended = sandbox.ended(command.envs(variables.iter().copied()).output().unwrap());
    (ended, serde_json::from_str(&sandbox.read("result.json")).unwrap())
}

fn names(result: &Value) -> Vec<&str> {
    result["steps"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect()
}

#[test]
fn all_steps_are_right_on_the_simulator_of_both_generations() {
    for generation in ["xdna1", "xdna2"] {
        let (ended, result) = check(&Sandbox::new(), &[("HARK_NPU_GENERATION", generation)]);
        assert!(ended.out.contains("its times mean nothing"));
        assert_eq!(ended.code, Some(0), "{generation}: {}", ended.out);
        assert_eq!((&result["schema"], &result["passed"]), (&1.into(), &true.into()), "{result:#}");
        assert_eq!((&result["kind"], &result["times_count"]), (&"simulated".into(), &false.into()));
        assert_eq!((names(&result), &result["failure"]), (STEPS.to_vec(), &Value::Null));
        // Four small launches, the stem with a layer, and all six of the demo's encoder.
        assert_eq!(result["commands"], 12);
        let steps = result["steps"].as_array().unwrap();
        assert_eq!(steps[0]["check"]["largest"], 0.0, "to the bit");
        for step in steps {
            assert!(step["median_ms"].as_f64().unwrap() > 0.0 && step["passed"] == true, "{step}");
        }
    }
}

#[test]
fn it_ends_at_the_first_step_that_is_wrong_and_says_which() {
    for (fault, done, step, kind) in [
        ("wrong:run", 1, "passthrough", "wrong"),
        ("wrong:run@5", 5, "layer", "wrong"),
        ("hang:open", 0, "opening", "hung"),
        ("hang:run@3", 2, "product", "hung"),
        ("hang:list_wait@2", 1, "element-wise", "hung"),
        ("abort:run", 0, "passthrough", "died"),
        ("error:context:5", 0, "opening", "context_limit"),
    ] {
        let sandbox = Sandbox::new();
        let (ended, result) = check(&sandbox, &npu::fault(fault));
        assert_eq!(ended.code, Some(1), "{fault}");
        let failure = &result["failure"];
        assert_eq!((&failure["step"], &failure["kind"]), (&step.into(), &kind.into()), "{fault}: {result:#}");
        assert!(!failure["remedy"].as_str().unwrap().is_empty());
        assert_eq!((names(&result), &result["passed"]), (STEPS[..done].to_vec(), &false.into()), "{fault}");
        assert!(!sandbox.read("result.json").contains(&*npu::library().to_string_lossy()), "{fault}");
    }
}
