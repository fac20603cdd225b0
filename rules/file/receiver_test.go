package file_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
	"tocsin/rules/file"
)

func loadConfig(t *testing.T, config string) *file.Loaded {
	t.Helper()
	loaded, problems := file.Load(file.Options{
		Files: file.Memory{"etc/c.yaml": "prometheus: http://x\nrule_files: [r]\n" + config, "etc/r": oneRule}, ConfigFile: "etc/c.yaml",
		Lookup: lookup(nil),
	})
	if failed(problems) {
		t.Fatal(problems)
	}
	return loaded
}

func integrations(l *file.Loaded) (all []rules.Integration) {
	for _, r := range l.Core.Receivers {
		all = append(all, r.Integrations...)
	}
	return all
}

// What was told is remembered under the integration's key: it survives a new
// name, a new order and a new token, and not a new target.
func TestIntegrationKeys(t *testing.T) {
	key := func(config string) string { return integrations(loadConfig(t, config))[0].Key }
	token := key("receivers: [{name: a, slack_configs: [{channel: '#a', app_token: one}]}]")
	hook := key("receivers: [{name: a, webhook_configs: [{url: 'https://u:p@h/x'}]}]")
	for _, c := range []struct {
		why, config, was string
		same             bool
	}{
		{"another name", "receivers: [{name: b, slack_configs: [{channel: '#a', app_token: one}]}]", token, true},
		{"another token", "receivers: [{name: a, slack_configs: [{channel: '#a', app_token_file: two}]}]", token, true},
		{"another text", "receivers: [{name: a, slack_configs: [{channel: '#a', app_token: one, title: x}]}]", token, true},
		{"another channel", "receivers: [{name: a, slack_configs: [{channel: '#b', app_token: one}]}]", token, false},
		{"another password", "receivers: [{name: a, webhook_configs: [{url: 'https://u:q@h/x'}]}]", hook, true},
		{"another path", "receivers: [{name: a, webhook_configs: [{url: 'https://u:p@h/y'}]}]", hook, false},
	} {
		if got := key(c.config) == c.was; got != c.same {
			t.Errorf("%s: same is %v", c.why, got)
		}
	}
	if strings.Contains(key("receivers: [{name: a, slack_configs: [{api_url: 'https://hooks.slack.com/services/geheim'}]}]"), "geheim") {
		t.Error("the key shows the secret")
	}
}

// Two receivers may reach one channel: each has a key and settings of its own.
func TestOneTargetInTwoReceivers(t *testing.T) {
	l := loadConfig(t, "receivers: [{name: a, slack_configs: [{channel: '#a', app_token: one}]}, {name: b, slack_configs: [{channel: '#a', app_token: one, title: x}]}]")
	in := integrations(l)
	if in[0].Key == in[1].Key || l.Slack[in[1].Key].Title != "x" || in[0].Lane != in[1].Lane {
		t.Errorf("%+v", in)
	}
}

func TestInheritance(t *testing.T) {
	l := loadConfig(t, `
global:
  smtp_smarthost: mail:25
  smtp_from: a@b.c
  smtp_require_tls: false
  smtp_auth_username: me
  smtp_auth_password_file: pass
  smtp_tls_config: {ca_file: ca.pem}
  slack_api_url: https://hooks.slack.com/services/global
  http_config: {proxy_url: 'http://proxy:8080', tls_config: {ca_file: ca.pem}}
receivers:
  - name: a
    email_configs:
      - {to: x@y.z}
      - {to: [x@y.z, v@w.x], smarthost: 'other:465', from: q@b.c, require_tls: true, send_resolved: false, chart: false}
    slack_configs:
      - {}
      - {channel: '#x', app_token: t, timeout: 3s}
`)
	in := integrations(l)
	slack, bot, first, second := l.Slack[in[0].Key], l.Slack[in[1].Key], l.Email[in[2].Key], l.Email[in[3].Key]
	if slack.WebhookURL.Value != "https://hooks.slack.com/services/global" || slack.HTTP.ProxyURL.String() != "http://proxy:8080" {
		t.Errorf("slack: %+v", slack)
	}
	if slack.HTTP.TLSConfig.CAFile != "etc/ca.pem" {
		t.Errorf("file against the config's folder: %q", slack.HTTP.TLSConfig.CAFile)
	}
	if bot.WebhookURL.Set() || in[1].Timeout.Seconds() != 3 || in[1].LaneEvery.Seconds() != 1 {
		t.Errorf("bot: %+v %+v", bot, in[1])
	}
	if first.TLS != file.PlainText || first.From != "a@b.c" || first.Password.File != "pass" || first.TLSConfig.CAFile != "etc/ca.pem" {
		t.Errorf("first: %+v", first)
	}
	if second.TLS != file.ImplicitTLS || second.From != "q@b.c" || len(second.To) != 2 || in[3].SendResolved || !in[2].SendResolved {
		t.Errorf("second: %+v", second)
	}
	if !first.Chart || second.Chart {
		t.Errorf("charts: %v, then %v", first.Chart, second.Chart)
	}
}

// Before there was app_token, a token came with http_config, and api_url named the
// method that posts. It is still a token.
func TestSlackTokenOfOldFiles(t *testing.T) {
	const api = "api_url: https://slack.com/api/chat.postMessage"
	for _, c := range []struct{ why, global, slack, value, file, base string }{
		{"credentials", "", api + ", http_config: {authorization: {credentials: geheim}}", "geheim", "", "https://slack.com/api/"},
		{"a file, against the folder of the config", "", api + ", http_config: {authorization: {credentials_file: x/token}}", "", "x/token", "https://slack.com/api/"},
		{"a file elsewhere", "", api + ", http_config: {bearer_token_file: /run/token}", "", "/run/token", "https://slack.com/api/"},
		{"the method for all", "slack_api_url: http://proxy/api/chat.postMessage", "http_config: {bearer_token: geheim}", "geheim", "", "http://proxy/api/"},
		{"the token for all", "http_config: {authorization: {type: bearer, credentials: geheim}}", api, "geheim", "", "https://slack.com/api/"},
	} {
		l := loadConfig(t, "global: {"+c.global+"}\nreceivers: [{name: a, slack_configs: [{channel: '#a', update_message: true, "+c.slack+"}]}]\n")
		in := integrations(l)[0]
		s := l.Slack[in.Key]
		if s.WebhookURL.Set() || string(s.Token.Value) != c.value || s.Token.File != c.file || s.APIURL != c.base || !in.Threads {
			t.Errorf("%s: %+v %+v", c.why, in, s)
		}
		if s.HTTP.Authorization != nil {
			t.Errorf("%s: the token is there twice", c.why)
		}
	}
	// A file in between: the method for all, and a token for all beside it.
	l := loadConfig(t, "global: {slack_api_url: 'https://slack.com/api/chat.postMessage', slack_app_token: geheim}\n"+
		"receivers: [{name: a, slack_configs: [{channel: '#a'}, {channel: '#b', http_config: {bearer_token: other}}]}]\n")
	for i, want := range []string{"geheim", "other"} {
		if s := l.Slack[integrations(l)[i].Key]; string(s.Token.Value) != want || s.WebhookURL.Set() {
			t.Errorf("in between: %+v", s)
		}
	}
}

// A bot's messages have threads and charts, and buttons where an app-level token
// is; an incoming webhook's have none.
func TestSlackBot(t *testing.T) {
	l := loadConfig(t, `
global: {slack_app_level_token_file: app.token}
receivers:
  - name: a
    slack_configs:
      - {channel: '#a', app_token: t}
      - {channel: '#b', app_token: t, app_level_token: xapp-own, chart: false}
      - {api_url: 'https://hooks.slack.com/services/x'}
`)
	in := integrations(l)
	first, second, hook := l.Slack[in[0].Key], l.Slack[in[1].Key], l.Slack[in[2].Key]
	if !in[0].Threads || !first.Chart || first.AppLevelToken.File != "app.token" {
		t.Errorf("first: %+v %+v", in[0], first)
	}
	if !in[1].Threads || second.Chart || second.AppLevelToken.Value != "xapp-own" || second.AppLevelToken.File != "" {
		t.Errorf("second: %+v %+v", in[1], second)
	}
	if in[2].Threads || hook.Chart || hook.AppLevelToken.Set() {
		t.Errorf("hook: %+v %+v", in[2], hook)
	}
	for config, want := range map[string]string{
		"{api_url: 'https://hooks.slack.com/services/x', app_level_token: xapp-geheim}":        "buttons need a bot",
		"{api_url: 'https://hooks.slack.com/services/x', chart: true}":                         "charts need a bot",
		"{channel: '#a', app_token: t, app_level_token: xapp-geheim, app_level_token_file: x}": "exclude one another",
	} {
		_, problems := file.Load(file.Options{
			Files: file.Memory{"c.yaml": "prometheus: http://x\nreceivers: [{name: a, slack_configs: [" + config + "]}]\n"}, ConfigFile: "c.yaml",
		})
		text := fmt.Sprint(problems)
		if !strings.Contains(text, want) || strings.Contains(text, "geheim") {
			t.Errorf("%s: %s", config, text)
		}
	}
}

// Routes match as Alertmanager's do.
func TestRoutes(t *testing.T) {
	l := loadConfig(t, `
route:
  receiver: root
  group_by: [alertname]
  group_wait: 1s
  routes:
    - matchers: ['team="web"']
      receiver: web
      group_by: []
      routes:
        - matchers: [severity=critical, 'env=~"prod|stage"']
          receiver: pager
          repeat_interval: 1h
    - match_re: {service: 'db.*'}
      receiver: db
      continue: true
    - match_re: {service: 'db.*'}
      receiver: root
receivers: [{name: root}, {name: web}, {name: pager}, {name: db}]
`)
	for _, c := range []struct {
		why  string
		ls   labels.Labels
		want string
	}{
		{"nothing matches but the root", labels.FromStrings("a", "b"), "root {}"},
		{"a child", labels.FromStrings("team", "web"), `web {}/{team="web"}`},
		{"a child of a child", labels.FromStrings("team", "web", "severity", "critical", "env", "prod"), `pager {}/{team="web"}/{env=~"prod|stage",severity="critical"}`},
		{"an expression matches as a whole", labels.FromStrings("team", "web", "severity", "critical", "env", "production"), `web {}/{team="web"}`},
		{"it goes on behind continue, and equal siblings are numbered", labels.FromStrings("service", "db1"), `db {}/{service=~"db.*"}, root {}/{service=~"db.*"}#2`},
	} {
		var got []string
		for _, r := range l.Core.Route.Match(c.ls) {
			got = append(got, r.Receiver+" "+r.ID)
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %s", c.why, s)
		}
	}
	web := l.Core.Route.Routes[0]
	if len(web.GroupBy) != 0 || web.GroupWait.Seconds() != 1 || web.Routes[0].RepeatInterval.Hours() != 1 || web.RepeatInterval.Hours() != 4 {
		t.Errorf("inheritance: %+v", web)
	}
}

// A payload is bounded, whatever its aliases expand to.
func TestPayloadIsBounded(t *testing.T) {
	text := "receivers: [{name: a, webhook_configs: [{url: 'https://a', payload: [&a [" + strings.Repeat("x,", 1000) + "x], " + strings.Repeat("*a,", 20) + "]}]}]"
	_, problems := file.Load(file.Options{ConfigFile: "c.yaml", Files: file.Memory{"c.yaml": text}, Mute: true})
	if !slices.ContainsFunc(problems, func(p rules.Problem) bool { return p.Text == "more than 10000 values" }) {
		t.Errorf("problems %v", problems)
	}
}
