//! How AWS `CodeDeploy` and ECS put a new version in place, as a plan of Terraform leaves them.

use super::Planned;
use crate::facts::cursor::{Cursor, Document};
use crate::facts::{Fact, Item};
use crate::model::Node;

const CODEDEPLOY: &str = "aws_codedeploy_deployment_group";
const ECS: &str = "aws_ecs_service";

/// Items of `rollout.strategy`.
pub(in crate::facts) fn strategies<'t>(document: &Document<'t>) -> Vec<Item<'t>> {
    let one = |resource: &Planned<'t>| match resource.kind {
        ECS => ecs(resource, &resource.after()),
        CODEDEPLOY => Some(codedeploy(resource, &resource.after())),
        _ => None,
    };
    Planned::kept(document).iter().filter_map(one).collect()
}

/// A block of a resource: a plan shows it as a list of one.
fn block<'t>(from: &Cursor<'t>, key: &str) -> Option<Node<'t>> {
    let node = from.node.get(key)?;
    node.items().next()
}

fn is_on(block: Option<Node<'_>>, key: &str) -> bool {
    block.and_then(|block| block.get(key)).is_some_and(|value| value.text() == "true")
}

fn codedeploy<'t>(resource: &Planned<'t>, after: &Cursor<'t>) -> Item<'t> {
    let config = after.text(&["deployment_config_name"]);
    let rollback = block(after, "auto_rollback_configuration");
    let alarms = block(after, "alarm_configuration");
    let events = rollback.and_then(|block| block.get("events"));
    let events: Vec<&str> = events.into_iter().flat_map(Node::items).map(Node::text).collect();
    let on_failure = events.contains(&"DEPLOYMENT_FAILURE");
    let on_alarm = events.contains(&"DEPLOYMENT_STOP_ON_ALARM")
        && is_on(alarms, "enabled")
        && !is_on(alarms, "ignore_poll_alarm_failure");
    let goes_back = is_on(rollback, "enabled") && (on_failure || on_alarm);
    let ended = block(after, "blue_green_deployment_config")
        .and_then(|block| block.get("terminate_blue_instances_on_deployment_success"))
        .and_then(|list| list.items().next());
    let minutes = ended
        .and_then(|block| block.get("termination_wait_time_in_minutes"))
        .and_then(|minutes| minutes.text().parse::<u64>().ok());
    let kept = minutes.and_then(|minutes| minutes.checked_mul(60));
    let (first, weights) = shift(config.unwrap_or_default());
    let number = |count: u64| Fact::number(&count.to_string());
    let fact = Fact::map([
        ("owner", Some(Fact::text(resource.address))),
        ("tool", Some(Fact::text("codedeploy"))),
        ("kind", Some(Fact::text("canary"))),
        ("scale_down_delay", kept.and_then(number)),
        ("weights", first.and_then(|_| number(weights))),
        ("first_weight", first.and_then(number)),
        ("waits", first.and_then(|_| number(weights))),
        ("rollback", Some(Fact::Bool(goes_back))),
    ]);
    after.item(resource.address, fact)
}

/// Per cents of the first step and the number of steps of a configuration that AWS comes with:
/// `CodeDeployDefault.ECSCanary10Percent5Minutes`. Nothing is known of any other.
fn shift(config: &str) -> (Option<u64>, u64) {
    let Some(name) = config.strip_prefix("CodeDeployDefault.") else { return (None, 0) };
    if name.ends_with("AllAtOnce") {
        return (Some(100), 0);
    }
    let Some((kind, percent)) = ["Canary", "Linear"].iter().find_map(|kind| {
        let (_, rest) = name.split_once(kind)?;
        let (percent, _) = rest.split_once("Percent")?;
        Some((*kind, percent.parse::<u64>().ok().filter(|percent| *percent > 0)?))
    }) else {
        return (None, 0);
    };
    let steps = if kind == "Canary" { 1 } else { 100_u64.checked_div(percent).unwrap_or(1) };
    (Some(percent), steps)
}

fn ecs<'t>(resource: &Planned<'t>, after: &Cursor<'t>) -> Option<Item<'t>> {
    // Another controller goes back by its own settings.
    let controller = block(after, "deployment_controller").and_then(|block| block.get("type"));
    if controller.is_some_and(|kind| kind.text() != "ECS") {
        return None;
    }
    let breaker = block(after, "deployment_circuit_breaker");
    let alarms = block(after, "alarms");
    let goes_back = is_on(breaker, "enable") && is_on(breaker, "rollback")
        || is_on(alarms, "enable") && is_on(alarms, "rollback");
    let fact = Fact::map([
        ("owner", Some(Fact::text(resource.address))),
        ("tool", Some(Fact::text("ecs"))),
        ("kind", Some(Fact::text("RollingUpdate"))),
        ("rollback", Some(Fact::Bool(goes_back))),
    ]);
    Some(after.item(resource.address, fact))
}

#[cfg(test)]
mod tests {
    use super::shift;

    #[test]
    fn configurations_of_aws_say_their_steps() {
        let cases = [
            ("CodeDeployDefault.ECSAllAtOnce", (Some(100), 0)),
            ("CodeDeployDefault.ECSCanary10Percent5Minutes", (Some(10), 1)),
            ("CodeDeployDefault.LambdaLinear10PercentEvery1Minute", (Some(10), 10)),
            ("CodeDeployDefault.OneAtATime", (None, 0)),
            ("own", (None, 0)),
        ];
        for (name, expected) in cases {
            assert_eq!(shift(name), expected, "{name}");
        }
    }
}
