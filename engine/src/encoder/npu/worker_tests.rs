use super::*;
use crate::cancel::Cancel;
use crate::encoder::npu::device::Say;
use crate::encoder::npu::report::NpuKind;
use crate::encoder::npu::report::{Counters, DeviceFacts};
use crate::encoder::npu::step::Step;
use crate::encoder::{Backend, CpuBackend, Precision};
use crate::mel::MelWindow;
use crate::model::ModelSpec;
use std::io::BufReader;

/// The CPU's encoder in a device's place.
struct StandIn {
    cpu: CpuBackend,
    model: Model,
    wrong: bool,
    fails_at: u64,
    commands: u64,
}

impl Device for StandIn {
    fn facts(&self) -> DeviceFacts {
        DeviceFacts { name: "stand-in".into(), ..DeviceFacts::default() }
    }

    fn encode(&mut self, mel: &[f32], states: &mut [f32]) -> Result<f64, Fault> {
        self.commands += 1;
        if self.commands == self.fails_at {
            return Err(Fault::new(FaultKind::Command, "command 3 failed"));
        }
        let window = MelWindow { n_mels: self.model.dims.n_mels, data: mel.to_vec() };
        let output = self.cpu.encode(&[window], &Cancel::new()).unwrap();
        states.copy_from_slice(&output[0].data);
        Ok(1.5)
    }

    fn first_block(&mut self, mel: &[f32], states: &mut [f32]) -> Result<(), Fault> {
        let window = MelWindow { n_mels: self.model.dims.n_mels, data: mel.to_vec() };
        let output = encode_first_block(&self.model, &Workers::new(1), &window).unwrap();
        states.copy_from_slice(&output.data);
        if self.wrong {
            states.iter_mut().step_by(2).for_each(|v| *v = -*v);
        }
        Ok(())
    }

    fn block(
        &mut self,
        block: usize,
        mel: &[f32],
        before: &mut [f32],
        behind: &mut [f32],
    ) -> Result<(), Fault> {
        let window = MelWindow { n_mels: self.model.dims.n_mels, data: mel.to_vec() };
        let names = [
            if block == 0 { "stem".into() } else { format!("block.{}", block - 1) },
            format!("block.{block}"),
        ];
        let places = [before, behind];
        let mut keep = |name: &str, states: &[f32]| {
            if let Some(place) = names.iter().position(|wanted| wanted == name) {
                places[place].copy_from_slice(states);
            }
        };
        self.cpu.encode_traced(&window, &mut keep).unwrap();
        Ok(())
    }

    fn counters(&self) -> Counters {
        Counters { commands: self.commands, ..Counters::default() }
    }
}

#[derive(Default)]
struct OpensStandIns {
    refuses: Option<Fault>,
    wrong: bool,
    fails_at: u64,
}

impl Opener for OpensStandIns {
    type Device = StandIn;

    fn open(&mut self, _: &Open, model: &Model, entering: Entering<'_>) -> Result<StandIn, Fault> {
        entering(Call::Device)?;
        if let Some(fault) = &self.refuses {
            return Err(fault.clone());
        }
        entering(Call::Context)?;
        let cpu = CpuBackend::new(model, &Workers::new(1), Precision::F32).unwrap();
        let (wrong, fails_at) = (self.wrong, self.fails_at);
        Ok(StandIn { cpu, model: model.clone(), wrong, fails_at, commands: 0 })
    }

    fn try_out(&mut self, _: &Open, model: &Model, say: Say<'_>) -> Result<(), Fault> {
        let check = SelfCheck { relative_l2: 0.0, largest: 0.0, limit: 0.0 };
        let name = format!("{} layers", model.dims.n_audio_layer);
        let step = Step { name, check, times_ms: Vec::new(), commands: 0 };
        say(Reply::Tried(Box::new(step)))?;
        self.refuses.clone().map_or(Ok(()), Err)
    }
}

fn open(shared: &str) -> Request {
    Request::Open(Box::new(Open {
        version: protocol::VERSION,
        kind: NpuKind::Fake,
        library: "none".into(),
        xclbin: None,
        model: ModelSpec::Demo,
        threads: 1,
        run_limit: std::time::Duration::from_secs(60),
        shared: shared.into(),
        windows: 2,
    }))
}

/// What a worker answers to these requests.
fn answers(mut opener: OpensStandIns, requests: &[Request]) -> Vec<Reply> {
    let (mut asked, mut said) = (Vec::new(), Vec::new());
    requests.iter().for_each(|request| protocol::send(&mut asked, request).unwrap());
    serve(&mut opener, &mut BufReader::new(asked.as_slice()), &mut said).unwrap();
    let mut said = said.as_slice();
    std::iter::from_fn(|| protocol::receive(&mut said).ok()).collect()
}

fn entering(call: Call) -> Reply {
    Reply::Entering { call }
}

#[test]
fn windows_go_in_and_states_come_out() {
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let (mut ours, place) = Exchange::create(&model.dims, 2).unwrap();
    let (first, second) = (probe(80), MelWindow { n_mels: 80, data: vec![-0.3; 240_000] });
    ours.put_mel(0, &first.data).unwrap();
    ours.put_mel(1, &second.data).unwrap();
    let requests = [open(&place), Request::Encode { id: 4, windows: 2 }, Request::Close];
    let said = answers(OpensStandIns::default(), &requests);
    let calls: Vec<_> = said.iter().filter(|r| matches!(r, Reply::Entering { .. })).cloned().collect();
    let expected = [
        Call::Weights,
        Call::Device,
        Call::Context,
        Call::Run,
        Call::Check,
        Call::Run,
        Call::Run,
        // The first window behind a clip is looked at more closely.
        Call::Run,
        Call::Check,
        Call::Close,
    ];
    assert_eq!(calls, expected.map(entering));
    let check =
        said.iter().find_map(|r| if let Reply::Opened(o) = r { Some(o.check) } else { None }).unwrap();
    assert!(check.passed() && check.relative_l2 < 1e-6, "{check:?}");
    let windows: Vec<_> = said
        .iter()
        .filter_map(|r| {
            if let Reply::Encoded { id: 4, window, ran } = r {
                assert_eq!(ran.spot.is_some_and(|spot| spot.check.passed()), *window == 1);
                Some((*window, ran.counters.commands))
            } else {
                None
            }
        })
        .collect();
    assert_eq!(windows, [(0, 1), (1, 2)]);
    assert_eq!(said.last(), Some(&Reply::Closed));
    let mut cpu = CpuBackend::new(&model, &Workers::new(1), Precision::F32).unwrap();
    for (place, window) in [first, second].iter().enumerate() {
        let right = cpu.encode(std::slice::from_ref(window), &Cancel::new()).unwrap();
        let mut states = vec![0.0; ours.states_len()];
        ours.take_states(place, &mut states).unwrap();
        assert_eq!(states, right[0].data);
    }
}

#[test]
fn trying_out_is_for_who_opens() {
    let Request::Open(asked) = open("nowhere") else { panic!() };
    let said = answers(OpensStandIns::default(), &[Request::TryOut(asked.clone())]);
    let [Reply::Entering { call: Call::Weights }, Reply::Tried(step), Reply::Closed] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!(step.name, "4 layers");
    let fault = Fault::new(FaultKind::Wrong, "the last step");
    let fails = OpensStandIns { refuses: Some(fault.clone()), ..Default::default() };
    let said = answers(fails, &[Request::TryOut(asked)]);
    assert_eq!(said.last(), Some(&Reply::Failed(fault)));
}

#[test]
fn a_wrong_block_is_reported_as_it_is() {
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let (_ours, place) = Exchange::create(&model.dims, 2).unwrap();
    let said = answers(OpensStandIns { wrong: true, ..Default::default() }, &[open(&place)]);
    assert!(matches!(said.last(), Some(Reply::Opened(opened)) if !opened.check.passed()), "{said:?}");
}

#[test]
fn a_fault_is_told_and_ends_the_worker() {
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let (_ours, place) = Exchange::create(&model.dims, 2).unwrap();
    let fault = Fault::new(FaultKind::NoDevice, "there is no device");
    let refuses = OpensStandIns { refuses: Some(fault.clone()), ..Default::default() };
    let said = answers(refuses, &[open(&place), Request::Encode { id: 1, windows: 1 }]);
    assert_eq!(said, [entering(Call::Weights), entering(Call::Device), Reply::Failed(fault)]);
    let fails = OpensStandIns { fails_at: 2, ..Default::default() };
    let said = answers(fails, &[open(&place), Request::Encode { id: 1, windows: 2 }, Request::Close]);
    assert!(
        matches!(said.last(), Some(Reply::Failed(fault)) if fault.kind == FaultKind::Command),
        "{said:?}"
    );
    assert_eq!(said.iter().filter(|r| matches!(r, Reply::Encoded { .. })).count(), 1);
}

#[test]
fn what_cannot_be_done_is_said() {
    let Request::Open(other) = open("nowhere") else { panic!() };
    let kind = |request| match answers(OpensStandIns::default(), &[request]).pop() {
        Some(Reply::Failed(fault)) => fault.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(kind(Request::Open(other.clone())), FaultKind::Memory);
    assert_eq!(kind(Request::Open(Box::new(Open { version: 0, ..*other.clone() }))), FaultKind::Protocol);
    let model = ModelSpec::Path("no/such/model.bin".into());
    assert_eq!(kind(Request::Open(Box::new(Open { model, ..*other }))), FaultKind::Model);
    assert_eq!(kind(Request::Encode { id: 0, windows: 1 }), FaultKind::Protocol);
}

#[test]
fn more_windows_than_there_is_room_for_are_refused() {
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let (_ours, place) = Exchange::create(&model.dims, 2).unwrap();
    let said =
        answers(OpensStandIns::default(), &[open(&place), Request::Encode { id: 1, windows: usize::MAX }]);
    assert!(
        matches!(said.last(), Some(Reply::Failed(fault)) if fault.kind == FaultKind::Internal),
        "{said:?}"
    );
}

#[test]
fn it_ends_when_nobody_is_there_any_more() {
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let (_ours, place) = Exchange::create(&model.dims, 2).unwrap();
    assert!(matches!(answers(OpensStandIns::default(), &[open(&place)]).last(), Some(Reply::Opened(_))));
    let mut said = Vec::new();
    let garbage = b"what?\n".to_vec();
    let end = serve(&mut OpensStandIns::default(), &mut BufReader::new(garbage.as_slice()), &mut said);
    assert!(matches!(end, Err(LineError::Garbage { .. })) && said.is_empty());
}
