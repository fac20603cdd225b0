package file_test

import (
	"strings"
	"testing"

	"tocsin/rules"
	"tocsin/rules/file"
)

func environment(vars map[string]string) (*file.Loaded, []rules.Problem) {
	return file.Load(file.Options{Files: file.Memory{}, Getenv: lookup(vars)})
}

// The environment alone is enough, and runs the starter rules.
func TestEnvironmentAlone(t *testing.T) {
	loaded, problems := environment(map[string]string{
		"PROMETHEUS_URL":       "http://prom:9090",
		"ALERT_WEBHOOK_URL":    "https://hooks.slack.com/services/T/B/x",
		"SMTP_URL":             "smtps://me:s%40cret@mail.example.org",
		"ALERT_EMAIL_FROM":     "tocsin@example.org",
		"ALERT_EMAIL_TO":       "a@example.org, B <b@example.org>",
		"PROMETHEUS_ENABLE":    "false",
		"TOCSIN_DATABASE_URL":  "other.db",
		"RATE_LIMIT_MAX":       "",
		"SOMETHING_ELSE":       "x",
		"NOTIFY_RATE_LIMIT_MX": "misspelt names cannot be known",
	})
	noProblems(t, problems)
	if len(loaded.Core.Rules) != 7 || loaded.Sources[0].URLs[0] != "http://prom:9090" || loaded.Metrics || loaded.Store != "other.db" {
		t.Errorf("%d rules, %+v", len(loaded.Core.Rules), loaded)
	}
	in := loaded.Core.Receivers[0].Integrations
	if len(in) != 2 || in[0].Kind != "slack" || in[1].Kind != "email" {
		t.Fatalf("integrations: %+v", in)
	}
	if s := loaded.Slack[in[0].Key]; s.WebhookURL.Value != "https://hooks.slack.com/services/T/B/x" {
		t.Errorf("slack: %+v", s)
	}
	m := loaded.Email[in[1].Key]
	if m.Smarthost != "mail.example.org:465" || m.TLS != file.ImplicitTLS || m.Username != "me" || m.Password.Value != "s@cret" || len(m.To) != 2 {
		t.Errorf("email: %+v", m)
	}
	if r := loaded.Core.Route; r.Receiver != "environment" || len(r.GroupBy) != 1 || r.GroupBy[0] != "alertname" {
		t.Errorf("route: %+v", r)
	}
}

func TestEnvironmentWebhook(t *testing.T) {
	loaded, problems := environment(map[string]string{
		"PROMETHEUS_URL": "http://prom:9090", "ALERT_WEBHOOK_URL": "https://example.org/hooks.slack.com",
	})
	noProblems(t, problems)
	if len(loaded.Webhook) != 1 || len(loaded.Slack) != 0 {
		t.Errorf("only hooks.slack.com is Slack: %+v", loaded.Slack)
	}
}

// All that is wrong is said at once, and no value is repeated.
func TestEnvironmentRefuses(t *testing.T) {
	_, problems := environment(map[string]string{
		"PROMETHEUS_URL":            "prom geheim",
		"ALERT_WEBHOOK_URL":         "geheim",
		"SMTP_URL":                  "http://geheim",
		"PROMETHEUS_ENABLE":         "geheim",
		"TOCSIN_DATABASE_URL":       "postgres://u:geheim@h/d",
		"NOTIFY_RATE_LIMIT_WINDOW":  "1m",
		"RATE_LIMIT_MAX":            "5",
		"ALERT_SEVERITY_THRESHOLDS": "[]",
	})
	var all []string
	for _, p := range problems {
		all = append(all, p.Error())
	}
	text := strings.Join(all, "\n")
	for _, name := range []string{"PROMETHEUS_URL", "ALERT_WEBHOOK_URL"} {
		if n := strings.Count(text, name); n != 1 {
			t.Errorf("%s is reported %d times:\n%s", name, n, text)
		}
	}
	for _, want := range []string{
		"PROMETHEUS_URL is not", "ALERT_WEBHOOK_URL is not", "SMTP_URL is not",
		"ALERT_EMAIL_FROM and ALERT_EMAIL_TO must be set too", "PROMETHEUS_ENABLE is not", "TOCSIN_DATABASE_URL names PostgreSQL",
		"NOTIFY_RATE_LIMIT_WINDOW says how long, and NOTIFY_RATE_LIMIT_MAX must", "RATE_LIMIT_MAX comes with a later version",
		"ALERT_SEVERITY_THRESHOLDS:1:1: expected a mapping",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "geheim") {
		t.Errorf("a value is shown:\n%s", text)
	}
}

func TestEnvironmentLacks(t *testing.T) {
	_, problems := environment(nil)
	if len(problems) != 2 || !strings.Contains(problems[0].Text+problems[1].Text, "PROMETHEUS_URL") {
		t.Errorf("%v", problems)
	}
	loaded, problems := file.Load(file.Options{Files: file.Memory{}, Getenv: lookup(map[string]string{"PROMETHEUS_URL": "http://x"}), Mute: true})
	noProblems(t, problems)
	if loaded.Core.Route.Receiver != "nobody" {
		t.Errorf("a dry run needs nobody to tell: %+v", loaded.Core.Route)
	}
}

// Environment wins over file for the source and the store; receivers of a file
// are the file's affair.
func TestEnvironmentOverFile(t *testing.T) {
	const config = "sources: {a: {url: 'http://a', timeout: 3s}, default: {url: 'http://b', timeout: 4s}}\nrule_files: [r]\nstore: x.db\nreceivers: [{name: r, webhook_configs: [{url: 'http://c'}]}]\n"
	loaded, problems := file.Load(file.Options{
		Files: file.Memory{"c": config, "r": oneRule}, ConfigFile: "c",
		Getenv: lookup(map[string]string{
			"PROMETHEUS_URL": "http://env", "TOCSIN_DATABASE_URL": "env.db", "ALERT_WEBHOOK_URL": "http://env",
		}),
	})
	if len(problems) != 1 || !problems[0].Warning || !strings.Contains(problems[0].Text, "ALERT_WEBHOOK_URL has no effect") {
		t.Errorf("%v", problems)
	}
	if loaded.Sources[0].URLs[0] != "http://a" || loaded.Sources[1].URLs[0] != "http://env" || loaded.Sources[1].Timeout.Seconds() != 4 || loaded.Store != "env.db" {
		t.Errorf("%+v %s", loaded.Sources, loaded.Store)
	}
}

// Files of strangers are read without the environment: nothing is expanded, and
// that is no mistake.
func TestNothingIsExpandedForStrangers(t *testing.T) {
	loaded, problems := file.Load(file.Options{
		Files: file.Memory{"tocsin.yaml": wholeConfig, "rules/a.yaml": oneRule, "tmpl/a.tmpl": ""}, ConfigFile: "tocsin.yaml",
	})
	noProblems(t, problems)
	for _, w := range loaded.Webhook {
		if w.URL.Value != "${PAGER_URL}" {
			t.Errorf("expanded: %q", string(w.URL.Value))
		}
	}
	_, problems = file.Load(file.Options{
		Files: file.Memory{"tocsin.yaml": wholeConfig, "rules/a.yaml": oneRule, "tmpl/a.tmpl": ""}, ConfigFile: "tocsin.yaml",
		Lookup: lookup(nil),
	})
	if !failed(problems) {
		t.Error("a variable that is not set is no mistake")
	}
}

// Only URLs and secrets are expanded, and only as a whole.
func TestExpandsOnlySecretsAndURLs(t *testing.T) {
	const config = "prometheus: http://x\nrule_files: [r]\nexternal_labels: {a: '${X}'}\nreceivers: [{name: '${X}', slack_configs: [{channel: '${X}', app_token: 'a${X}'}]}]\n"
	loaded, problems := file.Load(file.Options{
		Files: file.Memory{"c": config, "r": oneRule}, ConfigFile: "c", Lookup: lookup(map[string]string{"X": "geheim"}),
	})
	noProblems(t, problems)
	s := loaded.Slack[loaded.Core.Receivers[0].Integrations[0].Key]
	if s.Channel != "${X}" || s.Token.Value != "a${X}" || loaded.Core.ExternalLabels.Get("a") != "${X}" {
		t.Errorf("%+v %q", s, string(s.Token.Value))
	}
}
