package file

import (
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"tocsin/rules"
)

// problemsOf reads a text of a kind as the daemon does.
func problemsOf(kind, text string) []rules.Problem {
	switch kind {
	case "rules":
		_, problems := LoadRules(Memory{"f": text}, []string{"f"}, Defaults{})
		return problems
	case "tests":
		s := &sink{}
		d := newDoc("f", []byte(text), s)
		(&loader{files: Memory{}, sink: s}).suite(d)
		return s.sorted()
	case "thresholds":
		s := &sink{}
		d := newDoc("f", []byte(text), s)
		d.thresholds(d.parse())
		return s.sorted()
	}
	_, problems := Load(Options{ConfigFile: "f", Mute: true, Files: Memory{
		"f": text, "thresholds.yaml": "{}", "templates/a.tmpl": "",
	}})
	return problems
}

// semantic are the mistakes that no schema can see, by their codes: they lie in the
// meaning of texts, and between one place and another. All other codes are for the
// shape of a file, and with one of those the schema refuses the file too.
func semantic() []Code {
	return []Code{
		CodeFile, CodeYAML, CodeDuplicate, CodeName, CodePromQL, CodeUnit, CodeThreshold, CodeClearSide, CodeStricter, CodeVotes, CodeSchedule,
		CodeTimes, CodeTemplate, CodeRender, CodeMatcher, CodeSource, CodeAlert, CodeReceiver, CodeRoute, CodeURL,
		CodeAddress, CodeEnvironment, CodeRelabel, CodeHTTP,
		CodeMissing,  // where global or an empty text decides; TestSchemaNeeds has those that a schema can see
		CodeConflict, // beyond pairs of keys
		CodeNumber,   // bounds; TestSchemaForms has those that a schema can see
		CodeDuration, // bounds
		CodeLater,    // values; keys are unknown to the schema
	}
}

// agree fails unless the two verdicts go together.
func (v verdict) disagree() string {
	structural := slices.ContainsFunc(v.codes, func(c Code) bool { return !slices.Contains(semantic(), c) })
	switch {
	case v.schema != nil && len(v.codes) == 0:
		return "the decoder takes it, and the schema does not: " + v.schema.Error()
	case v.schema == nil && structural:
		return "the schema takes it, and the decoder does not: " + v.text
	}
	return ""
}

// Whatever the repository shows, tests or refuses: schema and decoder agree on it.
func TestSchemaCorpus(t *testing.T) {
	all, good, bad := validators(t), 0, 0
	for _, s := range corpus(t) {
		v, ok := judge(all, s.kind, s.text)
		if !ok {
			continue
		}
		if why := v.disagree(); why != "" {
			t.Errorf("%s: %s\n%s", s.from, why, s.text)
		}
		if len(v.codes) == 0 {
			good++
		} else if v.schema != nil {
			bad++
		}
	}
	t.Logf("%d texts are taken by both, %d by neither", good, bad)
	if good < 100 || bad < 10 {
		t.Errorf("%d texts are taken by both and %d by neither: the corpus is not found", good, bad)
	}
}

// What becomes of good texts by chance is judged alike.
func TestSchemaMutations(t *testing.T) {
	all := validators(t)
	var good []sample
	for _, s := range corpus(t) {
		if v, ok := judge(all, s.kind, s.text); ok && len(v.codes) == 0 {
			good = append(good, s)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(good).Draw(t, "sample")
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(s.text), &n); err != nil {
			t.Fatal(err)
		}
		mutate(t, &n)
		text, err := yaml.Marshal(&n)
		if err != nil {
			t.Skip("no YAML")
		}
		v, ok := judge(all, s.kind, string(text))
		if !ok {
			t.Skip("no YAML")
		}
		if why := v.disagree(); why != "" {
			t.Fatalf("%s: %s\n%s", s.from, why, text)
		}
	})
}

// mutate changes one place of a text.
func mutate(t *rapid.T, root *yaml.Node) {
	var places []*yaml.Node
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		places = append(places, n)
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(root.Content[0])
	n := rapid.SampledFrom(places).Draw(t, "place")
	switch {
	case n.Kind == yaml.MappingNode && rapid.Bool().Draw(t, "add"):
		key := rapid.SampledFrom([]string{"nme", "expr", "url", "url_file", "above", "outside", "after", "timeout", "alert", "for"}).Draw(t, "key")
		n.Content = append(n.Content, scalarNode(key), value(t))
	case n.Kind == yaml.MappingNode && len(n.Content) > 0:
		i := 2 * rapid.IntRange(0, len(n.Content)/2-1).Draw(t, "drop")
		n.Content = slices.Delete(n.Content, i, i+2)
	case n.Kind == yaml.SequenceNode && rapid.Bool().Draw(t, "append"):
		n.Content = append(n.Content, value(t))
	default:
		*n = *value(t)
	}
}

// value is a value of any kind.
func value(t *rapid.T) *yaml.Node {
	text := rapid.SampledFrom([]string{
		"null", "true", "false", "off", "0", "3", "-1", "2.5", "70%", "300ms", "5m", "0s", "3 of 5", "text", `""`, "'5'", "above 3",
		"[]", "{}", "[a, b]", "[3, 4]", "{a: b}", "{above: 3}", "[{name: x}]", "off to", "{after: 5m}", "warn", "http://x.example",
	}).Draw(t, "value")
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	return n.Content[0]
}

// Of a good text any one key is taken away. Where the decoder then misses something,
// the schema misses it too, but for these: they may come from elsewhere.
func TestSchemaNeeds(t *testing.T) {
	elsewhere := []string{
		"an email receiver needs from: the sender's address",
		"an email receiver needs smarthost: the mail server",
		"an Opsgenie receiver needs api_key: that of an API integration",
		"a Telegram receiver needs bot_token",
		"Slack is reached by api_url (an incoming webhook) or by app_token and channel",
		"a token needs a channel to post to",
		"is empty",
		"a request receiver needs url or url_file",
		"the first route needs a receiver",
		"fallback_after without a fallback",
		"no rule_files: nothing is evaluated",
	}
	all, missed := validators(t), map[string]bool{}
	for _, s := range corpus(t) {
		if strings.Contains(s.from, ".go:") {
			continue // enough is enough
		}
		if v, ok := judge(all, s.kind, s.text); !ok || len(v.codes) > 0 {
			continue
		}
		for i := 0; ; i++ {
			text, ok := withoutKey(t, s.text, i)
			if !ok {
				break
			}
			v, ok := judge(all, s.kind, text)
			if !ok || v.schema != nil || !slices.Contains(v.codes, CodeMissing) {
				continue
			}
			missed[v.text] = true
			if !slices.ContainsFunc(elsewhere, func(e string) bool { return strings.Contains(v.text, e) }) {
				t.Errorf("%s: the decoder misses what the schema does not: %s\n%s", s.from, v.text, text)
			}
		}
	}
	if len(missed) == 0 {
		t.Error("nothing was ever missed")
	}
}

// withoutKey takes the nth key out of a text; false: there are fewer.
func withoutKey(t *testing.T, text string, n int) (string, bool) {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	if !dropKey(root.Content[0], &n) {
		return "", false
	}
	out, err := yaml.Marshal(&root)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), true
}

func dropKey(n *yaml.Node, left *int) bool {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if *left == 0 {
			n.Content = slices.Delete(n.Content, i, i+2)
			return true
		}
		*left--
	}
	return slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return dropKey(c, left) })
}

// What people get wrong, and whether an editor shows it already.
func TestSchemaRefuses(t *testing.T) {
	rule := func(s string) string { return "groups: [{name: a, rules: [{alert: A, expr: x, " + s + "}]}]" }
	all := validators(t)
	for _, c := range []struct {
		what, kind, text string
		code             Code // of the decoder
		shown            bool
	}{
		{"a misspelt key", "rules", rule("wran: {above: 3}"), CodeUnknownKey, true},
		{"a misspelt key of a level", "rules", rule("warn: {abov: 3}"), CodeUnknownKey, true},
		{"a key of a later version", "rules", rule("baseline: {}, warn: {above: 3}"), CodeLater, true},
		{"a number for a duration", "rules", rule("for: 5, warn: {above: 3}"), CodeDuration, true},
		{"units in the wrong order", "rules", rule("for: 30s5m, warn: {above: 3}"), CodeDuration, true},
		{"a duration of Go's", "rules", rule("for: 1.5h, warn: {above: 3}"), CodeDuration, true},
		{"a duration that may not be 0", "rules", rule("absent: {after: 0s}, warn: {above: 3}"), CodeDuration, true},
		{"a word for a number", "rules", rule("warn: {above: many}"), CodeNumber, true},
		{"two numbers for one", "rules", rule("warn: {above: [3, 4]}"), CodeType, true},
		{"one number for two", "rules", rule("warn: {outside: 3}"), CodeType, true},
		{"two bounds", "rules", rule("warn: {above: 3, below: 1}"), CodeConflict, true},
		{"a word that is no level", "rules", rule("warn: over 3"), CodeNumber, true},
		{"true for a level", "rules", rule("warn: true"), CodeNumber, true},
		{"a list for a rule", "rules", "groups: [{name: a, rules: [[]]}]", CodeType, true},
		{"a mapping for groups", "rules", "groups: {name: a}", CodeType, true},
		{"a group without a name", "rules", "groups: [{rules: []}]", CodeMissing, true},
		{"a rule without an expression", "rules", "groups: [{name: a, rules: [{alert: A}]}]", CodeMissing, true},
		{"a rule without a name", "rules", "groups: [{name: a, rules: [{expr: x}]}]", CodeMissing, true},
		{"an alert that records", "rules", rule("record: r"), CodeConflict, true},
		{"an override that changes nothing", "rules", rule("warn: {above: 3}, overrides: [{match: 'a=b'}]"), CodeMissing, true},
		{"a word for what follows", "rules", rule("warn: {above: 3}, no_data: resolve"), CodeType, true},
		{"a schedule of four fields", "rules", rule("schedule: '* * * *', warn: {above: 3}"), CodeSchedule, true},
		{"an id with blanks", "rules", rule("id: a b, warn: {above: 3}"), CodeName, true},
		{"a receiver that is Alertmanager's", "config", "receivers: [{name: a, sns_configs: []}]", CodeForeign, true},
		{"a webhook without an address", "config", "receivers: [{name: a, webhook_configs: [{}]}]", CodeMissing, true},
		{"a secret and its file", "config", "receivers: [{name: a, webhook_configs: [{url: 'http://a/', url_file: b}]}]", CodeConflict, true},
		{"a matcher without a sign", "config", "route: {receiver: a, routes: [{matchers: [severity]}]}\nreceivers: [{name: a}]", CodeMatcher, true},
		{"a time of three digits", "config", "time_intervals: [{name: a, time_intervals: [{times: [{start_time: '9:00', end_time: '17:00'}]}]}]", CodeTimes, true},
		{"a key of HTTP that is none", "config", "global: {http_config: {proxy: x}}", CodeUnknownKey, true},
		{"a version of TLS that is none", "config", "global: {http_config: {tls_config: {min_version: TLS9}}}", CodeHTTP, true},
		{"a header that has no such key", "config", "global: {http_config: {http_headers: {X: {value: a}}}}", CodeUnknownKey, true},
		{"a level of an escalation", "config", "route: {receiver: a, escalate: {after: 1m, to: a, level: ok}}\nreceivers: [{name: a}]", CodeType, true},
		{"thresholds that are a list", "thresholds", "[]", CodeType, true},
		{"thresholds with a misspelt level", "thresholds", "A: {warm: 3}", CodeUnknownKey, true},

		{"PromQL", "rules", "groups: [{name: a, rules: [{alert: A, expr: 'sum('}]}]", CodePromQL, false},
		{"clear on the wrong side", "rules", rule("warn: {above: 3, clear: 4}"), CodeClearSide, false},
		{"a unit that disagrees", "rules", rule("unit: bytes, warn: {above: 3ms}"), CodeUnit, false},
		{"more votes than evaluations", "rules", rule("for: 5 of 3, warn: {above: 3}"), CodeVotes, false},
		{"a receiver that is not there", "config", "route: {receiver: b}\nreceivers: [{name: a}]", CodeReceiver, false},
	} {
		v, ok := judge(all, c.kind, c.text)
		if !ok || !slices.Contains(v.codes, c.code) || (v.schema != nil) != c.shown {
			t.Errorf("%s: the decoder says %q, the schema %v", c.what, v.codes, v.schema)
		}
	}
}
