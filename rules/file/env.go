package file

import (
	"net/url"
	"strconv"
	"strings"

	"tocsin/rules"
)

// environmentName stands for the environment where a file would stand.
const environmentName = "environment"

// An environment is what its variables say.
type environment struct {
	sink       *sink
	prometheus text
	webhook    text
	smtp       text
	from, to   text
	store      string
	metrics    bool
	thresholds *doc
	budget     *rules.Budget // nil: the file says it
}

// environment reads all variables, and reports all that are malformed.
func (l *loader) environment(getenv func(string) (string, bool)) environment {
	env := environment{sink: l.sink, metrics: true}
	if getenv == nil {
		return env
	}
	read := func(name string) text {
		v, ok := getenv(name)
		if !ok || strings.TrimSpace(v) == "" {
			return text{}
		}
		return text{pos{d: newDoc(name, []byte(v), l.sink)}, strings.TrimSpace(v)}
	}
	env.prometheus = read("PROMETHEUS_URL")
	env.webhook = read("ALERT_WEBHOOK_URL")
	env.smtp, env.from, env.to = read("SMTP_URL"), read("ALERT_EMAIL_FROM"), read("ALERT_EMAIL_TO")
	env.store = env.storeOf(read("TOCSIN_DATABASE_URL"))
	env.metrics = env.boolean(read("PROMETHEUS_ENABLE"), true)
	if t := read("ALERT_SEVERITY_THRESHOLDS"); t.s != "" {
		env.thresholds = t.d
	}
	env.budget = env.budgetOf(read("NOTIFY_RATE_LIMIT_WINDOW"), read("NOTIFY_RATE_LIMIT_MAX"))
	for _, name := range laterVariables() {
		if t := read(name); t.s != "" {
			t.variable(CodeLater, "comes with a later version of tocsin; unset it for now")
		}
	}
	env.validate()
	return env
}

// laterVariables are those that belong to work that is still to come.
func laterVariables() []string {
	return []string{"RATE_LIMIT_WINDOW", "RATE_LIMIT_MAX"}
}

// variable reports a variable as a whole. Its value is never shown: it may be a
// secret.
func (t text) variable(code Code, format string, args ...any) {
	p := t.bad(code, format, args...)
	p.Text = p.File + " " + p.Text
	p.File = environmentName
}

func (e *environment) validate() {
	for _, t := range []*text{&e.prometheus, &e.webhook} {
		if t.s != "" && !isURL(t.s, "http", "https") {
			t.variable(CodeEnvironment, "is not an absolute http or https URL")
			t.s = "http://malformed.invalid" // so that it is reported once
		}
	}
	if e.smtp.s != "" && !isURL(e.smtp.s, "smtp", "smtps") {
		e.smtp.variable(CodeEnvironment, "is not smtp://user:password@host:port or smtps://host:port")
	}
	e.complete()
}

// complete reports the missing ones of the three that mail needs.
func (e *environment) complete() {
	var have, lack []string
	for _, v := range []struct {
		name string
		t    text
	}{{"SMTP_URL", e.smtp}, {"ALERT_EMAIL_FROM", e.from}, {"ALERT_EMAIL_TO", e.to}} {
		if v.t.s == "" {
			lack = append(lack, v.name)
		} else {
			have = append(have, v.name)
		}
	}
	are := " is"
	if len(have) > 1 {
		are = " are"
	}
	if len(have) > 0 && len(lack) > 0 {
		e.sink.add(problem{
			File: environmentName, Code: string(CodeEnvironment),
			Text: strings.Join(lack, " and ") + " must be set too, as " + strings.Join(have, " and ") + are,
		})
	}
}

func isURL(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return false
	}
	for _, scheme := range schemes {
		if u.Scheme == scheme {
			return true
		}
	}
	return false
}

func (e *environment) boolean(t text, otherwise bool) bool {
	switch strings.ToLower(t.s) {
	case "":
		return otherwise
	case "yes", "on":
		return true
	case "no", "off":
		return false
	}
	b, err := strconv.ParseBool(t.s)
	if err != nil {
		t.variable(CodeEnvironment, "is not true or false")
	}
	return b
}

func (e *environment) storeOf(t text) string {
	if isPostgres(t.s) {
		t.variable(CodeLater, "names PostgreSQL, which comes with a later version of tocsin")
	}
	return t.s
}

func isPostgres(s string) bool {
	return strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://")
}

// overSources lays PROMETHEUS_URL over the sources of the file: over the one
// called default, or the only one.
func (e *environment) overSources(list []*rawSource) []*rawSource {
	at := -1
	for i, s := range list {
		if s.name == defaultSource || len(list) == 1 {
			at = i
		}
	}
	if at < 0 {
		return append(list, &rawSource{pos: e.prometheus.pos, name: defaultSource, urls: []text{e.prometheus}})
	}
	over := *list[at]
	over.urls = []text{e.prometheus}
	out := append([]*rawSource(nil), list...)
	out[at] = &over
	return out
}
