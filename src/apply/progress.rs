//! The books of an apply: which steps wait, fly and ended, and what that means for each change. Tells the events.

use std::sync::Arc;
use std::time::Instant;

use super::event::{Event, Interrupt, Outcome};
use crate::error::Error;
use crate::plan::{Action, Change, Op, Plan, Step};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Flying,
    Done,
    /// Failed, or given up because of the failure of the change with this index.
    Dead(usize),
}

/// How a change ended.
#[derive(Clone, Debug)]
enum End {
    Done,
    Kept(String),
    Failed(Arc<Error>),
    Skipped(String),
}

pub(super) struct Progress<'a> {
    plan: &'a Plan,
    steps: Vec<Step>,
    states: Vec<State>,
    /// By change: when its first step began.
    started: Vec<Option<Instant>>,
    /// By change.
    ends: Vec<Option<End>>,
    halted: Option<&'static str>,
    events: &'a (dyn Fn(Event) + Sync),
}

impl<'a> Progress<'a> {
    pub fn new(plan: &'a Plan, steps: Vec<Step>, events: &'a (dyn Fn(Event) + Sync)) -> Self {
        let (count, changes) = (steps.len(), plan.changes.len());
        Self {
            plan,
            steps,
            states: vec![State::Waiting; count],
            started: vec![None; changes],
            ends: vec![None; changes],
            halted: None,
            events,
        }
    }

    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    pub fn anything_failed(&self) -> bool {
        self.states.iter().any(|s| matches!(s, State::Dead(_)))
    }

    /// No new change begins from here on.
    pub fn halt(&mut self, because: &'static str) {
        self.halted.get_or_insert(because);
    }

    /// Takes the next step that can go: (step, change, op).
    pub fn next(&mut self, interrupt: Interrupt, allowed: &impl Fn(usize) -> bool) -> Option<(usize, usize, Op)> {
        let index =
            (0..self.steps.len()).find(|at| self.ready(*at) && allowed(*at) && self.may_begin(*at, interrupt))?;
        let Step { change, op, .. } = self.steps[index];
        self.states[index] = State::Flying;
        if self.started[change].is_none() {
            self.started[change] = Some(Instant::now());
            let Change { address, action, .. } = &self.plan.changes[change];
            (self.events)(Event::Started { address: address.clone(), action: *action });
        }
        Some((index, change, op))
    }

    fn ready(&self, at: usize) -> bool {
        self.states[at] == State::Waiting && self.steps[at].after.iter().all(|below| self.states[*below] == State::Done)
    }

    /// After an interrupt only the second half of a replacement goes on: it is in flight.
    fn may_begin(&self, at: usize, interrupt: Interrupt) -> bool {
        (interrupt == Interrupt::None && self.halted.is_none()) || self.started[self.steps[at].change].is_some()
    }

    pub fn done(&mut self, at: usize) {
        self.states[at] = State::Done;
        let change = self.steps[at].change;
        let whole = (0..self.steps.len()).all(|s| self.steps[s].change != change || self.states[s] == State::Done);
        if whole {
            self.finish(change, End::Done);
        }
    }

    pub fn kept(&mut self, at: usize, what: String) {
        self.states[at] = State::Done;
        self.finish(self.steps[at].change, End::Kept(what));
    }

    pub fn failed(&mut self, at: usize, error: Arc<Error>) {
        let change = self.steps[at].change;
        self.states[at] = State::Dead(change);
        self.finish(change, End::Failed(error));
        self.give_up();
    }

    /// Gives up every step that waits, directly or not, for one that failed.
    fn give_up(&mut self) {
        let doomed = |me: &Self, at: usize| {
            let mut below = me.steps[at].after.iter().map(|below| me.states[*below]);
            below.find_map(|state| if let State::Dead(root) = state { Some(root) } else { None })
        };
        let waiting = |me: &Self| (0..me.steps.len()).filter(|at| me.states[*at] == State::Waiting).collect::<Vec<_>>();
        while let Some((at, root)) = waiting(self).into_iter().find_map(|at| Some((at, doomed(self, at)?))) {
            self.states[at] = State::Dead(root);
            let because = format!("`{}` failed", self.plan.changes[root].address);
            self.skip(self.steps[at].change, &because);
        }
    }

    fn skip(&mut self, change: usize, because: &str) {
        let deleted = self.plan.changes[change].action == Action::Replace && self.started[change].is_some();
        let more = if deleted { "; it was deleted, and the next apply makes it again" } else { "" };
        self.finish(change, End::Skipped(format!("{because}{more}")));
    }

    fn finish(&mut self, change: usize, end: End) {
        if self.ends[change].is_some() {
            return;
        }
        let Change { address, action, .. } = &self.plan.changes[change];
        let (address, action) = (address.clone(), *action);
        let seconds = self.started[change].map_or(0.0, |start| start.elapsed().as_secs_f64());
        (self.events)(match end.clone() {
            End::Done => Event::Finished { address, action, seconds },
            End::Kept(what) => Event::Kept { address, what },
            End::Failed(error) => Event::Failed { address, action, error },
            End::Skipped(because) => Event::Skipped { address, because },
        });
        self.ends[change] = Some(end);
    }

    /// Closes the books: what flies was aborted, what waits was not begun.
    pub fn end(mut self, interrupt: Interrupt) -> Outcome {
        let because = self.halted.unwrap_or("interrupted");
        for at in 0..self.steps.len() {
            let change = self.steps[at].change;
            match self.states[at] {
                State::Flying => {
                    let error = super::executor::aborted(&self.plan.changes[change].address);
                    self.finish(change, End::Failed(Arc::new(error)));
                }
                State::Waiting => self.skip(change, because),
                State::Done | State::Dead(_) => {}
            }
        }
        let mut outcome = Outcome { interrupt, ..Outcome::default() };
        for (change, end) in self.plan.changes.iter().zip(self.ends) {
            let address = change.address.clone();
            match end {
                None => {}
                Some(End::Done) => outcome.done.push(address),
                Some(End::Kept(what)) => outcome.kept.push((address, what)),
                Some(End::Failed(error)) => outcome.failed.push((address, error)),
                Some(End::Skipped(because)) => outcome.skipped.push((address, because)),
            }
        }
        outcome
    }
}
