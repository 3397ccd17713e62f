//! Views about how versions change places, and what keeps a service up meanwhile.

use super::lines;

#[test]
fn an_analysis_says_which_of_its_metrics_decide() {
    let template = "\
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: errors}
spec:
  dryRun: [{metricName: 'lat.*'}]
  metrics:
  - name: errors
    successCondition: result[0] < 0.01
    provider: {prometheus: {query: 'sum(rate(errors{service=\"{{args.service}}\"}[1m]))'}}
  - name: latency
    failureCondition: result[0] > 1
    provider: {prometheus: {query: 'sum(rate(latency{service=\"pay\"}[1m]))'}}
  - {name: smoke, provider: {job: {spec: {}}}}
  - {name: never, successCondition: 'true', failureLimit: -1, provider: {web: {url: 'http://a'}}}
  - {name: shown, provider: {web: {url: 'http://b'}}}
";
    assert_eq!(
        lines("rollout.analysis", &["metrics", "deciding", "idle"], "a.yaml", template),
        "/spec/metrics 5 2 [latency never shown]\n"
    );
    assert_eq!(
        lines("rollout.query", &["metric", "scoped"], "a.yaml", template),
        "/spec/metrics/name=errors/provider/prometheus/query errors true\n\
         /spec/metrics/name=latency/provider/prometheus/query latency false\n"
    );
    let canary = "\
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: pay}
spec:
  analysis:
    stepWeight: 10
    maxWeight: 50
    mirror: true
    metrics: [{name: success, thresholdRange: {min: 99}}, {name: seen}]
    webhooks: [{name: load, type: event, url: 'http://a'}, {name: gate, type: confirm-promotion, url: 'http://b'}]
";
    assert_eq!(
        lines("rollout.analysis", &["tool", "deciding", "idle"], "a.yaml", canary),
        "/spec/analysis flagger 2 [load seen]\n"
    );
    let fields = ["weights", "first_weight", "waits", "rollback"];
    assert_eq!(lines("rollout.strategy", &fields, "a.yaml", canary), "/spec 5 10 5 true\n");
    assert_eq!(
        lines("traffic.mirror", &["owner", "methods"], "a.yaml", canary),
        "/spec/analysis/mirror canary/pay [*]\n"
    );
}

#[test]
fn a_rollout_says_how_it_moves_traffic_and_whether_it_goes_back() {
    let rollout = |strategy: &str, more: &str| {
        let text = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: pay}}\nspec:\n  {more}strategy: \
             {strategy}\n"
        );
        let fields = ["weights", "first_weight", "waits", "rollback"];
        lines("rollout.strategy", &fields, "a.yaml", &text)
    };
    let steps =
        "{canary: {steps: [{setWeight: 20}, {pause: {}}, {setWeight: 60}, {analysis: {}}]}}";
    assert_eq!(rollout(steps, ""), "/spec/strategy/canary 2 20 2 true\n");
    assert_eq!(rollout("{canary: {}}", ""), "/spec/strategy/canary 0 100 0 false\n");
    let aborts = "progressDeadlineAbort: true\n  ";
    assert_eq!(rollout("{canary: {}}", aborts), "/spec/strategy/canary 0 100 0 true\n");
    let same = "{blueGreen: {activeService: pay, previewService: pay}}";
    assert_eq!(rollout(same, ""), "/spec/strategy/blueGreen - - - false\n");
}

#[test]
fn routes_say_who_gets_how_much_and_what_is_done_on_the_way() {
    let route = "\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: pay}
spec:
  http:
  - match: [{method: {exact: get}}, {method: {exact: HEAD}}]
    mirror: {host: pay, subset: v2}
    route: [{destination: {host: pay, subset: v1}}]
  - fault: {abort: {httpStatus: 503}}
    mirrors: [{destination: {host: pay}}]
    route:
    - {destination: {host: pay, subset: v1}, weight: 3}
    - {destination: {host: pay, subset: v2}, weight: 1}
";
    assert_eq!(
        lines("traffic.weight", &["route", "destination", "percent"], "a.yaml", route),
        "/spec/http/0/route/0/weight 1 pay/v1 100\n/spec/http/1/route/0/weight 2 pay/v1 75\n\
         /spec/http/1/route/1/weight 2 pay/v2 25\n"
    );
    assert_eq!(
        lines("traffic.mirror", &["methods"], "a.yaml", route),
        "/spec/http/0/mirror [GET HEAD]\n/spec/http/1/mirrors [*]\n"
    );
    assert_eq!(
        lines("traffic.override", &["route", "setting"], "a.yaml", route),
        "/spec/http/1/fault 2 fault\n"
    );
    let gateway = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: pay}
spec:
  rules:
  - filters: [{type: RequestMirror, requestMirror: {}}, {type: URLRewrite}]
    matches: [{method: GET}, {path: {value: /}}]
    backendRefs: [{name: a}, {name: b, weight: 0}]
";
    assert_eq!(
        lines("traffic.weight", &["destination", "percent"], "a.yaml", gateway),
        "/spec/rules/0/backendRefs/name=a/weight a 100\n/spec/rules/0/backendRefs/name=b/weight b 0\n"
    );
    assert_eq!(
        lines("traffic.mirror", &["methods"], "a.yaml", gateway),
        "/spec/rules/0/filters/0 [*]\n"
    );
    let ingress = "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: pay
  annotations: {nginx.ingress.kubernetes.io/canary: 'true', nginx.ingress.kubernetes.io/canary-weight: '5',
    nginx.ingress.kubernetes.io/affinity: cookie, external-dns.alpha.kubernetes.io/ttl: '60'}
";
    let at = "/metadata/annotations";
    assert_eq!(
        lines("traffic.weight", &["percent", "total"], "a.yaml", ingress),
        format!("{at}/nginx.ingress.kubernetes.io~1canary-weight 5 100\n")
    );
    assert_eq!(
        lines("traffic.affinity", &["aspect", "value", "seconds"], "a.yaml", ingress),
        format!(
            "{at}/nginx.ingress.kubernetes.io~1affinity sticky cookie -\n\
             {at}/external-dns.alpha.kubernetes.io~1ttl ttl 60 60\n"
        )
    );
}

#[test]
fn what_keeps_a_service_up_is_told_setting_by_setting() {
    let pod = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay}
spec:
  template:
    spec:
      priorityClassName: high
      nodeSelector: {pool: a}
      topologySpreadConstraints: [{topologyKey: zone, maxSkew: 1, whenUnsatisfiable: DoNotSchedule}]
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone}, {topologyKey: host}]
      containers:
      - name: app
        resources: {limits: {memory: 2Gi}}
        lifecycle: {preStop: {exec: {command: [sh, -c, 'sleep 40; kill 1']}}}
        livenessProbe: {httpGet: {path: /health, port: 80}}
        readinessProbe: {httpGet: {path: /health, port: 80}}
        env:
        - {name: SERVER_SHUTDOWN, value: graceful}
        - {name: JAVA_TOOL_OPTIONS, value: '-Xmx1g -Xmx1800m -XX:+UseG1GC -Dotel.x=y'}
";
    let spec = "/spec/template/spec";
    assert_eq!(
        lines("k8s.scheduling", &["aspect", "name"], "a.yaml", pod),
        format!(
            "{spec}/topologySpreadConstraints/topologyKey=zone,whenUnsatisfiable=DoNotSchedule spread zone\n\
             {spec}/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/1 spread host\n\
             {spec}/nodeSelector/pool node pool\n{spec}/priorityClassName priority high\n"
        )
    );
    assert_eq!(
        lines("k8s.shutdown", &["grace", "needed"], "a.yaml", pod),
        format!("{spec}/terminationGracePeriodSeconds 30 70\n")
    );
    let env = format!("{spec}/containers/name=app/env/name=JAVA_TOOL_OPTIONS/value");
    assert_eq!(lines("jvm.heap", &["heap", "limit"], "a.yaml", pod), format!("{env} 1800m 2Gi\n"));
    assert_eq!(
        lines("runtime.flag", &["flag", "value"], "a.yaml", pod),
        format!("{env} -Xmx 1887436800\n{env} collector UseG1GC\n")
    );
    assert_eq!(
        lines("k8s.probe", &["probe", "path", "like_readiness"], "a.yaml", pod),
        format!(
            "{spec}/containers/name=app/readinessProbe readiness /health false\n\
             {spec}/containers/name=app/livenessProbe liveness /health true\n"
        )
    );
    let autoscaler = "\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: pay}
spec:
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}
  - {type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: '100'}}}
";
    assert_eq!(
        lines("k8s.autoscaling", &["signal", "target"], "a.yaml", autoscaler)
            .lines()
            .map(|line| line.split_once(' ').unwrap().1)
            .collect::<Vec<_>>(),
        ["resource cpu 70%", "pods rps 100"]
    );
}

#[test]
fn what_a_controller_looks_past_is_told_place_by_place() {
    let application = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: pay}
spec:
  ignoreDifferences:
  - {kind: Service, jsonPointers: [/spec, /spec/selector/hash]}
  - {kind: Deployment, jqPathExpressions: [.spec, '.spec.replicas']}
";
    assert_eq!(
        lines("gitops.ignored", &["kind", "place", "broad"], "a.yaml", application)
            .lines()
            .map(|line| line.split_once(' ').unwrap().1)
            .collect::<Vec<_>>(),
        [
            "Service /spec true",
            "Service /spec/selector/hash false",
            "Deployment .spec true",
            "Deployment .spec.replicas false"
        ]
    );
}

#[test]
fn an_audit_policy_is_read_rule_by_rule() {
    let policy = "\
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- {level: None, users: [system:kube-proxy]}
- {level: None, verbs: [get], resources: [{group: '', resources: [pods/*]}]}
- {level: Metadata, resources: [{group: '', resources: [secrets, '*/exec']}]}
- {level: Request, userGroups: [system:authenticated]}
";
    let found = lines("audit.level", &["verb", "resource", "level"], "a.yaml", policy);
    let says = |line: &str| assert!(found.contains(line), "{line}: {found}");
    says("/rules/1/level get pods None\n");
    says("/rules/1/level get pods/exec None\n");
    says("/rules/2/level create pods/exec Metadata\n");
    says("/rules/2/level get secrets Metadata\n");
    says("/rules/3/level update rolebindings.rbac.authorization.k8s.io Request\n");
    let server = "\
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver}
spec: {containers: [{name: kube-apiserver, command: [kube-apiserver, --audit-log-path=/var/log/a]}]}
";
    assert_eq!(
        lines("audit.api-server", &["policy", "sink"], "a.yaml", server),
        "/spec/containers/name=kube-apiserver/command false true\n"
    );
}

#[test]
fn a_plan_says_what_it_destroys_and_how_it_deploys() {
    let plan = r#"{"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": [
      {"address": "aws_db_instance.pay", "type": "aws_db_instance", "change": {"actions": ["delete", "create"], "after": {}}},
      {"address": "aws_vpc.a", "type": "aws_vpc", "change": {"actions": ["no-op"], "after": {}}},
      {"address": "aws_cloudtrail.a", "type": "aws_cloudtrail",
       "change": {"actions": ["update"], "after": {"enable_log_file_validation": false}}},
      {"address": "aws_eks_cluster.a", "type": "aws_eks_cluster",
       "change": {"actions": ["update"], "after": {"enabled_cluster_log_types": ["api", "audit"]}}},
      {"address": "aws_ecs_service.a", "type": "aws_ecs_service",
       "change": {"actions": ["update"], "after": {"deployment_circuit_breaker": [{"enable": true, "rollback": false}]}}},
      {"address": "aws_codedeploy_deployment_group.a", "type": "aws_codedeploy_deployment_group",
       "change": {"actions": ["update"], "after": {"deployment_config_name": "CodeDeployDefault.ECSAllAtOnce",
         "auto_rollback_configuration": [{"enabled": true, "events": ["DEPLOYMENT_FAILURE"]}],
         "blue_green_deployment_config": [{"terminate_blue_instances_on_deployment_success": [{"termination_wait_time_in_minutes": 5}]}]}}}
    ]}"#;
    let tail = |view: &str, fields: &[&str]| -> Vec<String> {
        let found = lines(view, fields, "plan.json", plan);
        found.lines().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
    };
    let changes = tail("terraform.change", &["type", "actions", "destroys"]);
    assert_eq!(changes.len(), 5);
    assert_eq!(changes[0], "aws_db_instance [delete create] true");
    assert_eq!(changes[1], "aws_cloudtrail [update] false");
    assert_eq!(tail("log.protection", &["protection", "on"]), ["enable_log_file_validation false"]);
    assert_eq!(tail("audit.api-server", &["policy", "sink"]), ["true true"]);
    let fields = ["tool", "first_weight", "rollback", "scale_down_delay"];
    assert_eq!(tail("rollout.strategy", &fields), ["ecs - false -", "codedeploy 100 true 300"]);
}

#[test]
fn a_setting_that_changes_the_schema_is_known_however_it_is_spelled() {
    let settings = "\
spring.jpa.hibernate.ddl-auto=update
spring.flyway.clean-disabled=false
spring.flyway.out-of-order=${OUT}
quarkus.hibernate-orm.database.generation=none
sort.order=first
";
    assert_eq!(
        lines("db.schema-setting", &["value", "safe"], "application.properties", settings)
            .lines()
            .map(|line| line.split_once(' ').unwrap().1)
            .collect::<Vec<_>>(),
        ["update false", "false false", "${OUT} ?", "none true"]
    );
    let env = "SPRING_JPA_HIBERNATE_DDL_AUTO=validate\nHBM2DDL_AUTO=create\n";
    assert_eq!(
        lines("db.schema-setting", &["value", "safe"], "pay.env", env),
        "/SPRING_JPA_HIBERNATE_DDL_AUTO validate true\n/HBM2DDL_AUTO create false\n"
    );
}

#[test]
fn migrations_that_take_something_away_are_told_at_their_place() {
    let of = |file: &str, text: &str| -> Vec<String> {
        let found = lines("db.contraction", &["statement", "object"], file, text);
        found.lines().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
    };
    let sql = "CREATE TABLE a (x int);\nALTER TABLE card DROP COLUMN legacy;\nDROP TABLE a;\n";
    assert_eq!(of("db/migration/V42__x.sql", sql), ["DROP COLUMN card.legacy"]);
    assert_eq!(of("V42__x.sql", sql), ["DROP COLUMN card.legacy"]);
    assert_eq!(of("reports/monthly.sql", sql), [""; 0], "no migration");
    let yaml = "databaseChangeLog:\n- changeSet:\n    id: 1\n    changes:\n    - createTable: {tableName: a}\n    - dropTable: {tableName: a}\n    - dropColumn: {tableName: card, columnName: legacy}\n";
    assert_eq!(of("changelog.yaml", yaml), ["DROP COLUMN card.legacy"]);
    let xml = "<databaseChangeLog><changeSet id=\"1\"><renameTable oldTableName=\"card\" newTableName=\"cards\"/></changeSet></databaseChangeLog>";
    assert_eq!(of("changelog.xml", xml), ["RENAME TABLE card"]);
}

#[test]
fn a_workflow_says_who_else_decides_what_runs() {
    let text = "\
on: {pull_request_target: {}}
permissions: write-all
jobs:
  build:
    steps:
    - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      with: {ref: '${{ github.event.pull_request.head.sha }}'}
    - uses: foo/bar@main
    - run: echo ${{ github.event.issue.title }}
    - run: echo ${{ github.sha }}
  call: {uses: ./.github/workflows/x.yml}
";
    assert_eq!(
        lines("ci.hazard", &["hazard", "value"], ".github/workflows/build.yml", text)
            .lines()
            .map(|line| line.split_once(' ').unwrap().1)
            .collect::<Vec<_>>(),
        [
            "write-all write-all",
            "stranger's code ${{ github.event.pull_request.head.sha }}",
            "unpinned foo/bar@main",
            "injection github.event.issue.title"
        ]
    );
    assert_eq!(lines("ci.hazard", &["hazard"], "build.yml", text), "", "no workflow");
}
