package people_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tocsin/rules"
	"tocsin/web/people"
)

const acks = "/api/tocsin/v1/acknowledgements"

// acked are the alerts of an answer, with the level up to which they are taken on.
func acked(all people.Acknowledged) string {
	var words []string
	for _, a := range all.Alerts {
		word := a.Fingerprint
		if ack := a.HeldBy.Acknowledgement; ack != nil {
			word += ":" + ack.Level
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestAcknowledge(t *testing.T) {
	for _, c := range []struct{ sentence, body, want string }{
		{"by matchers, each up to its own level", `{"matchers":[{"name":"alertname","value":"Latency"}],"by":"ada"}`, "fb:error fa:warn"},
		{"by fingerprint", `{"alerts":[{"fingerprint":"fa"},{"fingerprint":"fd"}],"by":"ada"}`, "fd:error fa:warn"},
		{"by episode", `{"episode":"ec","by":"ada"}`, "fc:warn"},
		{"all that is said selects", `{"matchers":[{"name":"alertname","value":"Latency"}],"alerts":[{"fingerprint":"fa"},{"fingerprint":"fd"}],"by":"ada"}`, "fa:warn"},
		{"up to a level", `{"alerts":[{"fingerprint":"fa"}],"by":"ada","level":"error"}`, "fa:error"},
		{"what does not match", `{"matchers":[{"name":"alertname","value":"Latency","isEqual":false},{"name":"severity","value":"w.*","isRegex":true}],"by":"ada"}`, "fc:warn"},
	} {
		d := storm()
		if got := acked(asked[people.Acknowledged](t, d, "POST", acks, c.body)); got != c.want {
			t.Errorf("%s: %s, want %s", c.sentence, got, c.want)
		}
		if got := acked(get[people.Acknowledged](t, d, acks)); got != c.want {
			t.Errorf("%s: then there are %s, want %s", c.sentence, got, c.want)
		}
	}
}

func TestAcknowledgeFor(t *testing.T) {
	for body, want := range map[string]time.Time{
		`{"episode":"ea","by":"ada"}`:                                     {},
		`{"episode":"ea","by":"ada","for":"2h"}`:                          start.Add(2 * time.Hour),
		`{"episode":"ea","by":"ada","for":"1d"}`:                          start.Add(24 * time.Hour),
		`{"episode":"ea","by":"ada","until":"2026-11-22T15:00:00Z"}`:      start.Add(time.Hour),
		`{"episode":"ea","by":"ada","until":"2026-11-22T16:00:00+01:00"}`: start.Add(time.Hour),
	} {
		d := storm()
		got := asked[people.Acknowledged](t, d, "POST", acks, body).Alerts[0].HeldBy.Acknowledgement
		if got.Until == nil != want.IsZero() || got.Until != nil && !got.Until.Equal(want) {
			t.Errorf("%s: until %v, want %v", body, got.Until, want)
		}
		if a := d.alerts[0].Ack; a.By != "ada" || a.At != d.at() || a.Rule != "g/Latency" || a.Instance != "a" || a.Episode != "ea" {
			t.Errorf("%s: %+v", body, a)
		}
	}
}

func TestAcknowledgeRefused(t *testing.T) {
	for _, c := range []struct {
		sentence string
		body     string
		status   int
		says     string
	}{
		{"nothing is selected", `{"by":"ada"}`, 400, "which alerts"},
		{"nothing fires that is meant", `{"episode":"old","by":"ada"}`, 404, "tocsin alerts"},
		{"by nobody", `{"episode":"ea"}`, 400, "by whom"},
		{"below the alert's level", `{"episode":"eb","by":"ada","level":"warn"}`, 400, "would hold nothing back"},
		{"no such level", `{"episode":"eb","by":"ada","level":"loud"}`, 422, "level"},
		{"no duration", `{"episode":"ea","by":"ada","for":"long"}`, 400, "for:"},
		{"in the past", `{"episode":"ea","by":"ada","until":"2026-11-22T13:00:00Z"}`, 400, "in the past"},
		{"two ends", `{"episode":"ea","by":"ada","for":"1h","until":"2026-11-22T15:00:00Z"}`, 400, "for and until"},
		{"a bad matcher", `{"matchers":[{"name":"a","value":"(","isRegex":true}],"by":"ada"}`, 400, "matcher 1"},
		{"a key that there isn't", `{"episode":"ea","by":"ada","who":"ada"}`, 422, "who"},
		{"no JSON", `{`, 400, ""},
	} {
		d := storm()
		status, answer := d.ask(t, "POST", acks, c.body)
		var problem struct {
			Status int
			Title  string
		}
		if err := json.Unmarshal([]byte(answer), &problem); err != nil || problem.Status != status || problem.Title == "" {
			t.Errorf("%s: %s is no problem as of RFC 9457", c.sentence, answer)
		}
		if status != c.status || !strings.Contains(answer, c.says) || len(d.acts) > 0 {
			t.Errorf("%s: %d %s, %d acts", c.sentence, status, answer, len(d.acts))
		}
	}
}

func TestUnacknowledge(t *testing.T) {
	d := storm()
	asked[people.Acknowledged](t, d, "POST", acks, `{"alerts":[{"fingerprint":"fa"},{"fingerprint":"fb"}],"by":"ada"}`)
	if got := acked(asked[people.Acknowledged](t, d, "DELETE", acks, `{"matchers":[{"name":"severity","value":"warning"}]}`)); got != "fa" {
		t.Errorf("taken back: %s", got)
	}
	if got := acked(get[people.Acknowledged](t, d, acks)); got != "fb:error" {
		t.Errorf("left: %s", got)
	}
	status, answer := d.ask(t, "DELETE", acks, `{"alerts":[{"fingerprint":"fa"}]}`)
	if status != 404 || !strings.Contains(answer, "acknowledgements lists them") {
		t.Errorf("%d %s", status, answer)
	}
}

func TestAcknowledgedBy(t *testing.T) {
	d := storm()
	d.trusted = true
	if status, answer := d.askAs(t, "bot", "POST", acks, `{"episode":"ea","by":"ada"}`); status != 200 || d.alerts[0].Ack.By != "bot (ada)" {
		t.Errorf("%d %s", status, answer)
	}
	if status, answer := d.askAs(t, "bot", "POST", acks, `{"episode":"eb"}`); status != 200 || d.alerts[1].Ack.By != "bot" {
		t.Errorf("%d %s", status, answer)
	}
}

func TestAcknowledgeWithoutStoreF13(t *testing.T) {
	d := storm()
	d.alerts[0].Ack = &rules.Ack{Level: rules.Warn, By: "ada"}
	d.fails = errDisk
	for method, body := range map[string]string{"POST": `{"episode":"ea","by":"ada"}`, "DELETE": `{"episode":"ea"}`} {
		status, answer := d.ask(t, method, acks, body)
		if status != 503 || !strings.Contains(answer, "it is not kept, so don't rely on it: the store is failing") {
			t.Errorf("%s: %d %s", method, status, answer)
		}
	}
	d.stuck = errDisk
	for _, path := range []string{acks, alerts} {
		if status, answer := d.ask(t, "GET", path, ""); status != 503 || !strings.Contains(answer, "does not answer") {
			t.Errorf("%s: %d %s", path, status, answer)
		}
	}
}
