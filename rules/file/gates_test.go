package file_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tocsin/rules"
	"tocsin/rules/file"
)

func TestInhibitRules(t *testing.T) {
	l := loadConfig(t, `
receivers: [{name: a}]
inhibit_rules:
  - name: cluster down
    source_matchers: [alertname=ClusterDown]
    target_matchers: ['team=~"web|db"', severity!=critical]
    equal: [region, cluster, region]
  - source_match: {severity: critical, a: }
    source_match_re: {service: 'db.*'}
    target_match: {severity: warning}
    equal: [alertname, cluster]
  - {source_matchers: [a=b], target_match_re: {c: d|e}}
  - {source_matchers: ['b=c', 'a="1"'], source_match: {a: 0}, target_matchers: ['{x="y", w=~"z"}']}
`)
	var got []string
	for _, r := range l.Core.Inhibit {
		got = append(got, fmt.Sprintf("%s: %s -> %s by %v", r.Name, r.Source, r.Target, r.Equal))
	}
	want := []string{
		`cluster down: {alertname="ClusterDown"} -> {severity!="critical",team=~"web|db"} by [cluster region]`,
		`{a="",service=~"db.*",severity="critical"} inhibits {severity="warning"} with equal alertname, cluster: {a="",service=~"db.*",severity="critical"} -> {severity="warning"} by [alertname cluster]`,
		`{a="b"} inhibits {c=~"d|e"}: {a="b"} -> {c=~"d|e"} by []`,
		`{a="0",a="1",b="c"} inhibits {w=~"z",x="y"}: {a="0",a="1",b="c"} -> {w=~"z",x="y"} by []`,
	}
	if s := strings.Join(got, "\n"); s != strings.Join(want, "\n") {
		t.Errorf("got\n%s", s)
	}
}

// Escalations, backoff and labels are inherited, each as a whole but the labels.
func TestRouteInheritsGates(t *testing.T) {
	l := loadConfig(t, `
route:
  receiver: web
  repeat_backoff: true
  escalate: [{after: 1h, to: boss, level: warn}, {after: 15m, to: pager}]
  labels: {reason: '{{ .GroupLabels.alertname }}', text: 'firing ({{ routeLabels "reason" }})'}
  routes:
    - {matchers: [a=1]}
    - {matchers: [a=2], receiver: pager, repeat_backoff: false, labels: {reason: b, also: c}}
    - {matchers: [a=3], escalate: off}
    - {matchers: [a=4], escalate: []}
    - {matchers: [a=5], escalate: {after: 5m, to: web}, routes: [{matchers: [b=1], receiver: boss}]}
    - {matchers: [a=6], escalate: }
receivers: [{name: web}, {name: pager}, {name: boss}]
`)
	const reason, text = "reason={{ .GroupLabels.alertname }}", `text=firing ({{ routeLabels "reason" }})`
	all := append([]*rules.Route{l.Core.Route}, l.Core.Route.Routes...)
	all = append(all, l.Core.Route.Routes[4].Routes...)
	for i, want := range []struct{ why, r string }{
		{"the first: the soonest comes first, error is the default", "true [15m pager error, 1h boss warn] " + reason + " " + text},
		{"all is inherited", "true [15m pager error, 1h boss warn] " + reason + " " + text},
		{"whom the route tells it need not escalate to", "false [1h boss warn] also=c reason=b " + text},
		{"off", "true [] " + reason + " " + text},
		{"an empty list is off", "true [] " + reason + " " + text},
		{"to its own receiver", "true [] " + reason + " " + text},
		{"a key without a value says nothing", "true [15m pager error, 1h boss warn] " + reason + " " + text},
		{"which is a further one to its child", "true [5m web error] " + reason + " " + text},
	} {
		if got := gatesOf(all[i]); got != want.r {
			t.Errorf("%s: %s, not %s", want.why, got, want.r)
		}
	}
}

func gatesOf(r *rules.Route) string {
	var escalations, labels []string
	for _, e := range r.Escalate {
		after := strings.TrimSuffix(strings.TrimSuffix(e.After.String(), "0s"), "0m")
		escalations = append(escalations, after+" "+e.To+" "+e.Level.String())
	}
	for _, l := range r.Labels {
		labels = append(labels, l.Name+"="+l.Text)
	}
	return fmt.Sprintf("%v [%s] %s", r.RepeatBackoff, strings.Join(escalations, ", "), strings.Join(labels, " "))
}

const cared = `
rate_limit: {max: 10}
fallback_after: 3m
self_receiver: boss
receivers:
  - {name: web, fallback: pager, labels: {team: web, tier: "1"}}
  - {name: pager, fallback: boss, fallback_after: 1m, rate_limit: {window: 10s, max: 2}}
  - {name: boss, rate_limit: {max: 0}}
`

func TestReceiversAreCaredFor(t *testing.T) {
	l := loadConfig(t, cared)
	for i, want := range []string{
		`web pager 3m0s {1m0s 10} {team="web", tier="1"}`,
		`pager boss 1m0s {10s 2} {}`,
		`boss  3m0s {0s 0} {}`,
	} {
		r := l.Core.Receivers[i]
		if got := fmt.Sprintf("%s %s %v %v %s", r.Name, r.Fallback, r.FallbackAfter, r.Budget, r.Labels); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	if l.Core.SelfReceiver != "boss" {
		t.Errorf("self receiver %q", l.Core.SelfReceiver)
	}
	plain := loadConfig(t, "receivers: [{name: a}]")
	if r := plain.Core.Receivers[0]; r.Budget != (rules.Budget{}) || r.FallbackAfter != 5*time.Minute || plain.Core.SelfReceiver != "" {
		t.Errorf("defaults: %+v", r)
	}
}

// A budget of the environment is that of every receiver, whatever the file says.
func TestBudgetOfTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		why, window, most string
		want              rules.Budget
		bad               string
	}{
		{"a duration", "30s", "5", rules.Budget{Window: 30 * time.Second, Max: 5}, ""},
		{"milliseconds, as in Node", "60000", "5", rules.Budget{Window: time.Minute, Max: 5}, ""},
		{"a minute if nothing is said", "", "5", rules.Budget{Window: time.Minute, Max: 5}, ""},
		{"0 is no limit", "30s", "0", rules.Budget{}, ""},
		{"only a window", "30s", "", rules.Budget{}, "NOTIFY_RATE_LIMIT_MAX must say"},
		{"no number", "30s", "geheim", rules.Budget{}, "NOTIFY_RATE_LIMIT_MAX is not"},
		{"less than none", "30s", "-1", rules.Budget{}, "NOTIFY_RATE_LIMIT_MAX is not"},
		{"no duration", "geheim", "5", rules.Budget{}, "NOTIFY_RATE_LIMIT_WINDOW is neither"},
		{"no time at all", "0", "5", rules.Budget{}, "NOTIFY_RATE_LIMIT_WINDOW is neither"},
		{"longer than can be counted", "99999999999999999", "5", rules.Budget{}, "NOTIFY_RATE_LIMIT_WINDOW is neither"},
	} {
		l, problems := file.Load(file.Options{
			Files: file.Memory{"c": "prometheus: http://x\nrule_files: [r]\n" + cared, "r": oneRule}, ConfigFile: "c",
			Getenv: lookup(map[string]string{"NOTIFY_RATE_LIMIT_WINDOW": c.window, "NOTIFY_RATE_LIMIT_MAX": c.most}),
		})
		if c.bad != "" {
			if text := fmt.Sprint(problems); !failed(problems) || !strings.Contains(text, c.bad) || strings.Contains(text, "geheim") {
				t.Errorf("%s: %v", c.why, problems)
			}
			continue
		}
		if l == nil {
			t.Errorf("%s: %v", c.why, problems)
			continue
		}
		for _, r := range l.Core.Receivers {
			if r.Budget != c.want {
				t.Errorf("%s: %+v of %s", c.why, r.Budget, r.Name)
			}
		}
	}
}

// What the file says of all receivers is so for that of the environment, too.
func TestReceiverOfTheEnvironmentIsCaredFor(t *testing.T) {
	l, problems := file.Load(file.Options{
		Files: file.Memory{"c": "rule_files: [r]\nrate_limit: {max: 3}\n", "r": oneRule}, ConfigFile: "c",
		Getenv: lookup(map[string]string{"PROMETHEUS_URL": "http://x", "ALERT_WEBHOOK_URL": "http://y"}),
	})
	noProblems(t, problems)
	if r := l.Core.Receivers[0]; r.Budget.Max != 3 || r.FallbackAfter != 5*time.Minute {
		t.Errorf("%+v", r)
	}
}

func TestHeartbeatAndRetention(t *testing.T) {
	l := loadConfig(t, "receivers: [{name: a}]")
	if l.Heartbeat != nil || l.Retention != 30*24*time.Hour {
		t.Errorf("defaults: %+v %v", l.Heartbeat, l.Retention)
	}
	l = loadConfig(t, "global: {http_config: {proxy_url: 'http://proxy'}}\nretention: 1d\nheartbeat: {url: 'https://hc.example.org/geheim'}\nreceivers: [{name: a}]")
	h := l.Heartbeat
	if h.URL.Value != "https://hc.example.org/geheim" || h.Every != time.Minute || h.Timeout != 10*time.Second || h.HTTP.ProxyURL.String() != "http://proxy" {
		t.Errorf("heartbeat: %+v", h)
	}
	if s := fmt.Sprintf("%v %+v", *h, h); strings.Contains(s, "geheim") {
		t.Errorf("shown: %s", s)
	}
	if l.Retention != 24*time.Hour {
		t.Errorf("retention: %v", l.Retention)
	}
	l = loadConfig(t, "heartbeat: {url_file: x, every: 5s, http_config: {tls_config: {ca_file: ca}}}\nreceivers: [{name: a}]")
	if h := l.Heartbeat; h.URL.File != "x" || h.Every != 5*time.Second || h.Timeout != 5*time.Second || h.HTTP.TLSConfig.CAFile != "etc/ca" {
		t.Errorf("an attempt ends before the next begins: %+v", h)
	}
}

// A token can edit and answer what was posted, a webhook cannot.
func TestSlackThreads(t *testing.T) {
	in := integrations(loadConfig(t, `
global: {slack_app_token_file: token}
receivers:
  - name: a
    slack_configs:
      - {channel: '#a'}
      - {channel: '#b', update_message: true}
      - {channel: '#c', update_message: false}
      - {api_url: 'https://hooks.slack.com/services/x', update_message: false}
`))
	for i, want := range []bool{true, true, false, false} {
		if in[i].Threads != want {
			t.Errorf("integration %d: threads is %v", i, in[i].Threads)
		}
	}
}

func TestMailSubject(t *testing.T) {
	l := loadConfig(t, `
global: {smtp_smarthost: 'mail:25', smtp_from: a@b.c}
receivers:
  - name: a
    email_configs:
      - {to: a@b.c}
      - {to: b@b.c, subject: constant}
      - {to: c@b.c, subject: stateful, threading: {enabled: true}}
`)
	for i, want := range []bool{false, false, true} {
		if got := l.Email[integrations(l)[i].Key].StatefulSubject; got != want {
			t.Errorf("integration %d: stateful is %v", i, got)
		}
	}
}

// Who tells where others fail is reached, and must be able to tell.
func TestReceiversThatOthersName(t *testing.T) {
	const hook = "webhook_configs: [{url: 'http://x/%s'}]"
	config := "prometheus: http://x\nrule_files: [r]\nself_receiver: mute\nroute: {receiver: a, escalate: {after: 1m, to: c}}\nreceivers:\n" +
		"- {name: a, fallback: b, " + fmt.Sprintf(hook, "a") + "}\n- {name: b, " + fmt.Sprintf(hook, "b") + "}\n" +
		"- {name: c, " + fmt.Sprintf(hook, "c") + "}\n- {name: mute}\n- {name: idle, " + fmt.Sprintf(hook, "d") + "}\n"
	_, problems := file.Load(file.Options{Files: file.Memory{"c": config, "r": oneRule}, ConfigFile: "c"})
	if text := fmt.Sprint(problems); len(problems) != 2 ||
		!strings.Contains(text, `c:3:16: receiver "mute" tells nobody`) || !strings.Contains(text, `no route leads to "idle"`) {
		t.Error(text)
	}
}

// A variable that is empty is not the same as one that is not set, which was
// reported: an address that is empty is a mistake.
func TestEmptyAddress(t *testing.T) {
	for _, address := range []string{"''", "${EMPTY}"} {
		_, problems := file.Load(file.Options{
			Files:      file.Memory{"c": "prometheus: http://x\nrule_files: [r]\nreceivers: [{name: a}]\nheartbeat:\n  url: " + address + "\n", "r": oneRule},
			ConfigFile: "c", Lookup: lookup(map[string]string{"EMPTY": ""}),
		})
		if len(problems) != 1 || problems[0].Code != string(file.CodeURL) {
			t.Errorf("%s: %v", address, problems)
		}
	}
}
