package file

import (
	"slices"
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
		CodeFile, CodeYAML, CodeDuplicate, CodeName, CodePromQL, CodeUnit, CodeThreshold, CodeVotes, CodeSchedule,
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
