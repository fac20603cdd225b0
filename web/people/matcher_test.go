package people_test

import (
	"encoding/json"
	"strings"
	"testing"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"pgregory.net/rapid"

	"tocsin/web/people"
)

func TestArguments(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"Latency", `{alertname="Latency"}`},
		{"Latency route=/a", `{alertname="Latency",route="/a"}`},
		{"alertname=~Lat.* severity!=warning", `{alertname=~"Lat.*",severity!="warning"}`},
		{`route="a b"`, ""}, // split by the test
		{"route=/a Latency", ""},
		{`route!~"/a|/b"`, `{route!~"/a|/b"}`},
		{`route=/{x}`, `{route="/{x}"}`}, // by the old syntax only
		{"", "{}"},
	} {
		got, err := people.ParseArguments(strings.Fields(c.args))
		if (err != nil) != (c.want == "") || err == nil && got.String() != c.want {
			t.Errorf("%q: %v, %v: want %s", c.args, got, err, c.want)
		}
	}
}

// A matcher comes back from JSON as it was.
func TestMatcherJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &amlabels.Matcher{
			Type:  amlabels.MatchType(rapid.IntRange(0, 3).Draw(t, "type")),
			Name:  rapid.StringMatching(`[a-z][a-z0-9_]*`).Draw(t, "name"),
			Value: rapid.StringMatching(`[a-z.*/ "]*`).Draw(t, "value"),
		}
		b, err := json.Marshal(people.NewMatchers(amlabels.Matchers{m}))
		if err != nil {
			t.Fatal(err)
		}
		var back []people.Matcher
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		parsed, err := people.ParseMatchers(back)
		if err == nil && parsed.String() != (amlabels.Matchers{m}).String() {
			t.Fatalf("%s became %s", m, parsed)
		}
	})
}
