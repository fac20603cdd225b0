package file_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tocsin/rules"
	"tocsin/rules/file"
)

const wholeConfig = `
prometheus: http://localhost:9090
rule_files: [rules/*.yaml]
evaluation_interval: 15s
external_labels: {cluster: eu1}
alert_relabel_configs:
  - action: labeldrop
    regex: replica
store: state.db
external_url: https://tocsin.example.org
severity_labels: {warn: warning, error: critical}
limits: {series_per_rule: 1000, active_alerts: 5000}
templates: [tmpl/*.tmpl]
global:
  smtp_smarthost: mail.example.org:587
  smtp_from: tocsin@example.org
  slack_app_token_file: slack.token
route:
  receiver: web-team
  group_by: [team, alertname]
  routes:
    - matchers: ['severity="critical"']
      receiver: pager
      group_wait: 10s
      continue: true
    - match: {team: db}
      group_by: ['...']
receivers:
  - name: web-team
    slack_configs: [{channel: '#web'}]
    email_configs: [{to: 'web@example.org'}]
  - name: pager
    webhook_configs:
      - url: ${PAGER_URL}
        secret: ${PAGER_SECRET}
        http_config: {basic_auth: {username: x, password: '${PAGER_SECRET}'}}
`

const oneRule = `
groups:
  - name: api
    rules:
      - alert: Latency
        expr: latency_seconds
        unit: seconds
        warn: {above: 300ms}
`

func lookup(m map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := m[name]; return v, ok }
}

func noProblems(t *testing.T, problems []rules.Problem) {
	t.Helper()
	for _, p := range problems {
		t.Errorf("%v", p)
	}
	if t.Failed() {
		t.FailNow()
	}
}

func TestLoad(t *testing.T) {
	loaded, problems := file.Load(file.Options{
		Files: file.Memory{
			"etc/tocsin.yaml": wholeConfig, "etc/rules/a.yaml": oneRule, "etc/tmpl/x.tmpl": `{{ define "x" }}{{ end }}`,
		},
		ConfigFile: "etc/tocsin.yaml",
		Lookup:     lookup(map[string]string{"PAGER_URL": "https://pager.example.org/x", "PAGER_SECRET": "geheim"}),
	})
	noProblems(t, problems)
	c := loaded.Core
	if got := fmt.Sprint(loaded.Files); got != "[etc/tocsin.yaml etc/tmpl/x.tmpl etc/rules/a.yaml]" {
		t.Errorf("files: %s", got)
	}
	if len(c.Rules) != 1 || c.Rules[0].Key != "api/Latency" || c.Rules[0].Interval != 15*time.Second {
		t.Errorf("rules: %+v", c.Rules[0])
	}
	if r := c.Route.Routes[0]; r.ID != `{}/{severity="critical"}` || !r.Continue || r.GroupWait != 10*time.Second || r.GroupInterval != 5*time.Minute {
		t.Errorf("route: %+v", r)
	}
	if r := c.Route.Routes[1]; !r.GroupByAll || r.Receiver != "web-team" || r.ID != `{}/{team="db"}` {
		t.Errorf("route: %+v", r)
	}
	slack := c.Receivers[0].Integrations[0]
	if s := loaded.Slack[slack.Key]; s.Channel != "#web" || s.Token.File != "slack.token" || slack.Lane != "slack:#web" {
		t.Errorf("slack: %+v %+v", slack, s)
	}
	hook := loaded.Webhook[c.Receivers[1].Integrations[0].Key]
	if hook.URL.Value != "https://pager.example.org/x" || hook.Secret.Value != "geheim" || hook.HTTP.BasicAuth.Password != "geheim" {
		t.Errorf("webhook: %+v", hook)
	}
	if !hook.HTTP.FollowRedirects {
		t.Error("an http_config that says nothing of redirects forbids them")
	}
}

// A secret is shown by no way of printing what was loaded.
func TestSecretsAreNotPrinted(t *testing.T) {
	loaded, problems := file.Load(file.Options{
		Files: file.Memory{"tocsin.yaml": wholeConfig, "rules/a.yaml": oneRule, "tmpl/x.tmpl": ""}, ConfigFile: "tocsin.yaml",
		Lookup: lookup(map[string]string{"PAGER_URL": "https://pager.example.org/geheim", "PAGER_SECRET": "geheim"}),
	})
	noProblems(t, problems)
	b, err := json.Marshal([]any{loaded.Slack, loaded.Webhook, loaded.Email})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{string(b), fmt.Sprintf("%v %v", loaded.Webhook, loaded.Core.Receivers)} {
		if strings.Contains(s, "geheim") {
			t.Errorf("shown: %s", s)
		}
	}
}

// TestByteOrderMark: a mark before the first line moves no place in it.
func TestByteOrderMark(t *testing.T) {
	const text = "\ufeff{groups: x}\n"
	_, problems := file.LoadAlone(file.Memory{"r.yaml": text}, []string{"r.yaml"}, file.Defaults{})
	if len(problems) != 1 || text[problems[0].Col-1] != 'x' {
		t.Errorf("%v", problems)
	}
}
