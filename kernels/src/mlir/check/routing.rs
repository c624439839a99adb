//! What a compiler makes of streams: switches, the connections in them, and wires between. Ours has none of them; texts
//! that a compiler has worked on do.

use super::attributes::Attributes;
use super::scope::Value;
use super::types::Type;
use super::{Checker, Fault, Results};

/// Ports of a switch.
const BUNDLES: [&str; 11] =
    ["North", "East", "South", "West", "DMA", "Core", "FIFO", "Trace", "NOC", "PLIO", "TileControl"];

/// The most ports of a kind.
const PORTS: std::ops::Range<i128> = 0..8;

impl Checker<'_> {
    /// `DMA : 0`
    fn port(&mut self) -> Result<(), Fault> {
        self.bundle()?;
        self.cursor.expect(":")?;
        let at = self.cursor.at();
        let number = self.cursor.number()?;
        if PORTS.contains(&number) {
            return Ok(());
        }
        Err(self.cursor.fault_at(at, format!("no switch has a port {number}")))
    }

    fn bundle(&mut self) -> Result<(), Fault> {
        let at = self.cursor.at();
        let bundle = self.cursor.word()?;
        if BUNDLES.contains(&bundle) {
            return Ok(());
        }
        Err(self.cursor.fault_at(at, format!("no switch has ports to {bundle}")))
    }

    /// `aie.packet_flow(15) { aie.packet_source<%tile, DMA : 0> aie.packet_dest<…> } {…}`
    pub(super) fn packet_flow(&mut self) -> Result<(), Fault> {
        self.cursor.expect("(")?;
        self.cursor.number()?;
        self.cursor.expect(")")?;
        self.cursor.expect("{")?;
        while !self.cursor.eat("}") {
            let at = self.cursor.at();
            let name = self.cursor.word()?;
            if !["aie.packet_source", "aie.packet_dest"].contains(&name) {
                return Err(self.cursor.fault_at(at, format!("{name} is not known here")));
            }
            self.cursor.expect("<")?;
            self.take_tile()?;
            self.cursor.expect(",")?;
            self.port()?;
            self.cursor.expect(">")?;
        }
        self.marks()
    }

    fn marks(&mut self) -> Result<(), Fault> {
        let mut attributes = Attributes::parse(&mut self.cursor)?;
        attributes.truth(&self.cursor, "keep_pkt_header")?;
        attributes.truth(&self.cursor, "priority_route")?;
        attributes.end(&self.cursor)
    }

    /// `aie.switchbox(%tile) { aie.connect<South : 1, DMA : 0> … }`
    pub(super) fn switch_box(&mut self, results: &Results) -> Result<(), Fault> {
        self.cursor.expect("(")?;
        self.take_tile()?;
        self.cursor.expect(")")?;
        self.cursor.expect("{")?;
        self.scope.enter();
        while !self.cursor.eat("}") {
            self.connection()?;
        }
        self.scope.leave();
        self.give(results, vec![Value::plain(Type::Index)])
    }

    fn connection(&mut self) -> Result<(), Fault> {
        let results = self.results()?;
        let at = self.cursor.at();
        self.summary.operations += 1;
        match self.cursor.word()? {
            "aie.connect" => {
                self.cursor.expect("<")?;
                self.port()?;
                self.cursor.expect(",")?;
                self.port()?;
                self.cursor.expect(">")
            }
            "aie.amsel" => {
                self.cursor.expect("<")?;
                self.cursor.number()?;
                self.cursor.expect(">")?;
                self.cursor.expect("(")?;
                self.cursor.number()?;
                self.cursor.expect(")")?;
                self.give(&results, vec![Value::plain(Type::Index)])
            }
            "aie.masterset" => {
                self.cursor.expect("(")?;
                self.port()?;
                while self.cursor.eat(",") {
                    self.scope.take_of(&mut self.cursor, &Type::Index)?;
                }
                self.cursor.expect(")")?;
                self.marks()?;
                self.give(&results, vec![Value::plain(Type::Index)])
            }
            "aie.packet_rules" => self.rules(),
            "aie.end" => Ok(()),
            other => Err(self.cursor.fault_at(at, format!("{other} is not known in a switch"))),
        }
    }

    /// `(TileControl : 0) { aie.rule(31, 15, %0) }`
    fn rules(&mut self) -> Result<(), Fault> {
        self.cursor.expect("(")?;
        self.port()?;
        self.cursor.expect(")")?;
        self.cursor.expect("{")?;
        while !self.cursor.eat("}") {
            self.cursor.expect_word("aie.rule")?;
            self.cursor.expect("(")?;
            self.cursor.number()?;
            self.cursor.expect(",")?;
            self.cursor.number()?;
            self.cursor.expect(",")?;
            self.scope.take_of(&mut self.cursor, &Type::Index)?;
            self.cursor.expect(")")?;
        }
        Ok(())
    }

    /// `aie.wire(%tile : DMA, %switch : DMA)`
    pub(super) fn wire(&mut self) -> Result<(), Fault> {
        self.cursor.expect("(")?;
        self.scope.take(&mut self.cursor)?;
        self.cursor.expect(":")?;
        self.bundle()?;
        self.cursor.expect(",")?;
        self.scope.take(&mut self.cursor)?;
        self.cursor.expect(":")?;
        self.bundle()?;
        self.cursor.expect(")")
    }
}
