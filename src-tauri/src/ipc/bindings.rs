//! Writes `ui/src/host/bindings.ts` from the Rust types, or checks that it is up to date.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use consentry_core::event::Event;
use ts_rs::{Config, TS, TypeVisitor};

/// Collects the declarations.
#[derive(Default)]
pub(super) struct Bindings {
    config: Config,
    types: BTreeMap<String, String>,
    commands: String,
}

impl Bindings {
    /// The TypeScript name of a type; its declaration and those it needs are kept.
    pub(super) fn name<T: TS + 'static + ?Sized>(&mut self) -> String {
        self.visit::<T>();
        T::name(&self.config)
    }

    /// Adds one command.
    pub(super) fn command(&mut self, name: &str, arguments: &[(&str, String)], answer: &str) {
        let list =
            arguments.iter().map(|(name, kind)| format!("{name}: {kind}")).collect::<Vec<_>>().join("; ");
        let arguments = if arguments.is_empty() { "null".to_owned() } else { format!("{{ {list} }}") };
        writeln!(self.commands, "  {name}: [{arguments}, {answer}];").expect("writing to a string");
    }

    fn text(self) -> String {
        let types = self.types.into_values().collect::<Vec<_>>().join("\n\n");
        format!(
            "// Generated from the Rust types by `cargo xtask bindings`. Do not edit.\n\n{types}\n\n/** Every command: its arguments and its answer. A failed command throws a `Problem`. */\nexport type Commands = {{\n{}}};\n",
            self.commands
        )
    }
}

impl TypeVisitor for Bindings {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        let name = T::ident(&self.config);
        if T::output_path().is_some() {
            if self.types.contains_key(&name) {
                return;
            }
            let words = T::docs().unwrap_or_default();
            self.types.insert(name, format!("{words}export {}", T::decl(&self.config)));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

#[test]
fn bindings_are_up_to_date() {
    let mut bindings = Bindings::default();
    super::list::describe(&mut bindings);
    bindings.visit::<Event>();
    let wanted = bindings.text();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/host/bindings.ts");
    if std::env::var_os("UPDATE_BINDINGS").is_some() {
        std::fs::write(&path, &wanted).expect("the file can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "run `cargo xtask bindings` and commit ui/src/host/bindings.ts");
}
