//! The published description of the document.

/// The JSON Schema (2020-12) of [`super::Report`].
pub const SCHEMA_JSON: &str = include_str!("../../../schema/report-v1.json");

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::Value;

    use super::super::{Report, sample};
    use super::SCHEMA_JSON;

    /// Walks a document and the schema side by side.
    #[derive(Default)]
    struct Walk {
        /// Which fields of each object of the schema occurred.
        seen: BTreeMap<String, BTreeSet<String>>,
        /// Which objects of the schema were reached, with the fields they declare and demand.
        declared: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>,
        wrong: Vec<String>,
    }

    impl Walk {
        fn visit(&mut self, schema: &Value, mut at: String, value: &Value) {
            let mut node = schema.pointer(&at).unwrap();
            if let Some(target) = node.get("$ref") {
                at = target.as_str().unwrap().trim_start_matches('#').to_owned();
                node = schema.pointer(&at).unwrap();
            }
            self.check(node, &at, value);
            match value {
                Value::Object(fields) => {
                    let names = |key: &str| match node.get(key) {
                        Some(Value::Object(map)) => map.keys().cloned().collect(),
                        Some(Value::Array(list)) => {
                            list.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
                        }
                        _ => BTreeSet::new(),
                    };
                    let declared = (names("properties"), names("required"));
                    for (name, value) in fields {
                        if declared.0.contains(name) {
                            self.visit(schema, format!("{at}/properties/{name}"), value);
                        } else {
                            self.wrong.push(format!("{at} does not know {name}"));
                        }
                        self.seen.entry(at.clone()).or_default().insert(name.clone());
                    }
                    for name in declared.1.iter().filter(|name| !fields.contains_key(*name)) {
                        self.wrong.push(format!("{at} demands {name}"));
                    }
                    self.declared.insert(at, declared);
                }
                Value::Array(items) => {
                    for item in items {
                        self.visit(schema, format!("{at}/items"), item);
                    }
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }

        fn check(&mut self, node: &Value, at: &str, value: &Value) {
            let kind = match value {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(_) => "integer",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            };
            let fits = match (node.get("const"), node.get("type")) {
                (Some(only), _) => only == value,
                (None, Some(Value::Array(kinds))) => kinds.iter().any(|one| one == kind),
                (None, Some(one)) => one == kind,
                (None, None) => false,
            };
            let listed = node
                .get("enum")
                .is_none_or(|words| words.as_array().unwrap().iter().any(|word| word == value));
            if !fits || !listed {
                self.wrong.push(format!("{at} does not take {value}"));
            }
        }
    }

    #[test]
    fn the_schema_and_the_document_name_the_same_fields() {
        let schema: Value = serde_json::from_str(SCHEMA_JSON).unwrap();
        let report = serde_json::to_value(Report::from(sample::report())).unwrap();
        let mut walk = Walk::default();
        walk.visit(&schema, String::new(), &report);
        assert_eq!(walk.wrong, Vec::<String>::new());
        for (at, (properties, required)) in &walk.declared {
            let seen = walk.seen.get(at).cloned().unwrap_or_default();
            assert_eq!(&seen, properties, "fields of {at}");
            let is_proof = at.ends_with("/proof");
            assert!(is_proof || properties == required, "{at} demands all it declares");
        }
        let reached = |name: &String| {
            let at = format!("/$defs/{name}");
            schema.pointer(&at).unwrap().get("properties").is_none()
                || walk.declared.contains_key(&at)
        };
        assert!(schema["$defs"].as_object().unwrap().keys().all(reached));
    }

    #[test]
    fn the_schema_lists_the_words_of_the_document() {
        use super::super::{
            ControlStatus, Direction, Disposition, Edit, Severity, State, Threshold, Verdict,
        };

        let schema: Value = serde_json::from_str(SCHEMA_JSON).unwrap();
        let words = |at: &str| schema.pointer(at).unwrap()["enum"].clone();
        let names = |list: Vec<&str>| Value::from(list);
        let verdicts = Verdict::ALL.iter().map(|word| word.name()).collect();
        assert_eq!(words("/$defs/verdict"), names(verdicts));
        let severities = Severity::ALL.iter().map(|word| word.name()).collect();
        assert_eq!(words("/$defs/severity"), names(severities));
        let thresholds = Threshold::ALL.iter().map(|word| word.name()).collect();
        assert_eq!(words("/properties/threshold"), names(thresholds));
        let states = State::ALL.iter().map(|word| word.name()).collect();
        assert_eq!(words("/$defs/finding/properties/state"), names(states));
        let directions: Vec<&str> = Direction::ALL.iter().map(|word| word.name()).collect();
        let mut words_or_none = names(directions);
        words_or_none.as_array_mut().unwrap().push(Value::Null);
        let expected: BTreeSet<String> =
            words_or_none.as_array().unwrap().iter().map(Value::to_string).collect();
        let listed = words("/$defs/direction");
        let listed: BTreeSet<String> =
            listed.as_array().unwrap().iter().map(Value::to_string).collect();
        assert_eq!(listed, expected);
        let dispositions = Disposition::ALL.iter().map(|word| word.name()).collect();
        assert_eq!(words("/$defs/finding/properties/disposition"), names(dispositions));
        let edits = Edit::ALL.iter().map(|word| word.name()).collect();
        assert_eq!(words("/$defs/change/properties/edit"), names(edits));
        let statuses = ControlStatus::ALL.iter().map(|status| status.name()).collect();
        assert_eq!(words("/$defs/control/properties/status"), names(statuses));
    }
}
