package people_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"tocsin/engine"
	"tocsin/rules"
	"tocsin/web/people"
)

const latency = `"matchers":[{"name":"alertname","value":"Latency","isRegex":false,"isEqual":true}]`

// posted is a silence of latency from and to so long after the start.
func posted(more string, from, to time.Duration) string {
	return fmt.Sprintf(`{%s,"startsAt":%q,"endsAt":%q,"createdBy":"ada","comment":"at it"%s}`,
		latency, start.Add(from).Format(time.RFC3339), start.Add(to).Format(time.RFC3339), more)
}

func TestSilence(t *testing.T) {
	d := newDaemon()
	d.fire(rules.Warn, "alertname", "Latency")
	id := d.silence(t, posted("", -time.Minute, 2*time.Hour))
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("%q is no UUID", id)
	}
	_, got := d.ask(t, "GET", "/api/v2/silence/"+id, "")
	want := `{"id":"` + id + `","status":{"state":"active"},` + latency + `,"startsAt":"2026-11-22T14:00:00Z","endsAt":"2026-11-22T16:00:00Z",` +
		`"updatedAt":"2026-11-22T14:00:00Z","createdBy":"ada","comment":"at it","matching":1}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if status, _ := d.ask(t, "DELETE", "/api/v2/silence/"+id, ""); status != 200 {
		t.Errorf("status %d", status)
	}
	if s := get[people.Silence](t, d, "/api/v2/silence/"+id); s.Status.State != rules.SilenceExpired {
		t.Errorf("after its end it is %s", s.Status.State)
	}
	if status, _ := d.ask(t, "DELETE", "/api/v2/silence/"+id, ""); status != 200 || len(d.acts) != 2 {
		t.Errorf("to end what has ended is status %d, and %d acts", status, len(d.acts))
	}
}

// What can be changed is; for the rest a new silence takes the old one's place.
func TestSilenceUpdate(t *testing.T) {
	for _, c := range []struct {
		sentence   string
		begins     time.Duration // of the old one
		after      time.Duration // that so long the change is made
		change     func(id string) string
		same       bool
		oldExpires bool
	}{
		{
			"the end of an active one can be moved", 0, time.Minute,
			func(id string) string { return posted(`,"id":"`+id+`"`, 0, 5*time.Hour) }, true, false,
		},
		{
			"the start of an active one can't", 0, time.Minute,
			func(id string) string { return posted(`,"id":"`+id+`"`, 10*time.Second, 5*time.Hour) }, false, true,
		},
		{
			"nor can what it matches", 0, time.Minute,
			func(id string) string {
				return strings.Replace(posted(`,"id":"`+id+`"`, 0, 5*time.Hour), "Latency", "Errors", 1)
			}, false, true,
		},
		{
			"a pending one can begin at another time to come", time.Hour, time.Minute,
			func(id string) string { return posted(`,"id":"`+id+`"`, 30*time.Minute, 5*time.Hour) }, true, false,
		},
		{
			"but not in the past", time.Hour, time.Minute,
			func(id string) string { return posted(`,"id":"`+id+`"`, 0, 5*time.Hour) }, false, true,
		},
		{
			"an expired one comes back as another", 0, 3 * time.Hour,
			func(id string) string { return posted(`,"id":"`+id+`"`, 0, 5*time.Hour) }, false, false,
		},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			d := newDaemon()
			old := d.silence(t, posted("", c.begins, 2*time.Hour))
			d.now = start.Add(c.after)
			acts := len(d.acts)
			next := d.silence(t, c.change(old))
			if (next == old) != c.same {
				t.Errorf("%s became %s", old, next)
			}
			_, expired := d.acts[len(d.acts)-1].(engine.Unsilenced)
			if expired != c.oldExpires {
				t.Errorf("the old one ended: %v", expired)
			}
			if _, first := d.acts[acts].(engine.Silenced); !first {
				t.Error("the old one ended before the new one was in force")
			}
			if s := get[people.Silence](t, d, "/api/v2/silence/"+next); !s.EndsAt.Equal(start.Add(5 * time.Hour)) {
				t.Errorf("it ends at %v", s.EndsAt)
			}
		})
	}
}

func TestSilenceRefused(t *testing.T) {
	hour := time.Hour
	for _, c := range []struct {
		sentence string
		body     string
		status   int
		says     string
	}{
		{"no JSON", `{`, 400, "can't be read"},
		{"no matchers", strings.Replace(posted("", 0, hour), latency, `"matchers":[]`, 1), 400, "at least one"},
		{"matchers that match everything", strings.Replace(posted("", 0, hour), `"Latency","isRegex":false`, `".*","isRegex":true`, 1), 400, "empty string"},
		{"a bad regular expression", strings.Replace(posted("", 0, hour), `"Latency","isRegex":false`, `"(","isRegex":true`, 1), 400, "matcher 1"},
		{"no name", strings.Replace(posted("", 0, hour), `"alertname"`, `""`, 1), 400, "no name of a label"},
		{"an end in the past", posted("", -2*hour, -hour), 400, "end time can't be in the past"},
		{"an end before the start", posted("", 2*hour, hour), 400, "start time must be before end time"},
		{"no end", `{` + latency + `,"createdBy":"ada","comment":"x"}`, 400, "endsAt is missing"},
		{"an id that there isn't", posted(`,"id":"nope"`, 0, hour), 404, "nope"},
		{"until resolved, and nothing fires", `{` + latency + `,"untilResolved":true}`, 400, "no alert that fires matches"},
		{"until resolved, but later", posted(`,"untilResolved":true`, hour, 2*hour), 400, "begins now"},
	} {
		d := newDaemon()
		status, answer := d.ask(t, "POST", "/api/v2/silences", c.body)
		if status != c.status || !strings.HasPrefix(answer, `"`) || !strings.Contains(answer, c.says) || len(d.acts) > 0 {
			t.Errorf("%s: %d %s, %d acts", c.sentence, status, answer, len(d.acts))
		}
	}
}

func TestSilenceUntilResolved(t *testing.T) {
	d := newDaemon()
	d.fire(rules.Warn, "alertname", "Latency")
	id := d.silence(t, `{`+latency+`,"createdBy":"ada","comment":"x","untilResolved":true}`)
	s := get[people.Silence](t, d, "/api/v2/silence/"+id)
	if !s.UntilResolved || !s.EndsAt.Equal(start.Add(30*24*time.Hour)) {
		t.Errorf("%+v", s)
	}
	d.silence(t, posted(`,"id":"`+id+`"`, 0, time.Hour)) // by who doesn't know of it
	if s := get[people.Silence](t, d, "/api/v2/silence/"+id); !s.UntilResolved || !s.EndsAt.Equal(start.Add(time.Hour)) {
		t.Errorf("after a change of its end: %+v", s)
	}
	d.silence(t, posted(`,"untilResolved":false,"id":"`+id+`"`, 0, time.Hour))
	if s := get[people.Silence](t, d, "/api/v2/silence/"+id); s.UntilResolved {
		t.Errorf("after it was turned off: %+v", s)
	}
}

// What is to last for ever lasts for a time that can be counted.
func TestSilenceForEver(t *testing.T) {
	d := newDaemon()
	id := d.silence(t, `{`+latency+`,"endsAt":"9999-12-31T23:59:59Z","createdBy":"ada","comment":"x"}`)
	s := get[people.Silence](t, d, "/api/v2/silence/"+id)
	if s.Status.State != rules.SilenceActive || s.EndsAt.Before(start.AddDate(90, 0, 0)) || s.EndsAt.After(start.AddDate(101, 0, 0)) {
		t.Errorf("%+v", s)
	}
	d.fire(rules.Warn, "alertname", "Latency")
	got := asked[people.Acknowledged](t, d, "POST", acks, `{"episode":"ea","by":"ada","until":"9999-12-31T23:59:59Z"}`)
	if until := got.Alerts[0].HeldBy.Acknowledgement.Until; until.Before(start.AddDate(90, 0, 0)) || until.After(start.AddDate(101, 0, 0)) {
		t.Errorf("until %v", until)
	}
}

// Active ones come first, the next to end before the others; then pending ones;
// then expired ones, the last to end first.
func TestSilences(t *testing.T) {
	d := newDaemon()
	names := map[string]string{}
	add := func(name string, from, to time.Duration) {
		names[d.silence(t, strings.Replace(posted("", from, to), "Latency", name, 1))] = name
	}
	add("E1", 0, time.Minute)
	add("E2", 0, 2*time.Minute)
	d.now = start.Add(10 * time.Minute)
	add("P2", 2*time.Hour, 3*time.Hour)
	add("P1", time.Hour, 3*time.Hour)
	add("A2", 0, 2*time.Hour)
	add("A1", 0, time.Hour)
	for _, c := range []struct{ query, want string }{
		{"", "A1 A2 P1 P2 E2 E1"},
		{"?expired=false", "A1 A2 P1 P2"},
		{"?active=false&pending=false", "E2 E1"},
		{"?filter=alertname%3DA1", "A1"},
		{"?filter=alertname%3D%22A1%22&filter=alertname%3DA2", ""},
		{"?filter=alertname%3D~A1", ""},
	} {
		var got []string
		for _, s := range get[[]people.Silence](t, d, "/api/v2/silences"+c.query) {
			got = append(got, names[s.ID])
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q: %v, want %s", c.query, got, c.want)
		}
	}
	for _, bad := range []string{"?active=maybe", "?filter=nonsense"} {
		if status, answer := d.ask(t, "GET", "/api/v2/silences"+bad, ""); status != 400 {
			t.Errorf("%s: %d %s", bad, status, answer)
		}
	}
	if got := get[[]people.Silence](t, newDaemon(), "/api/v2/silences"); got == nil {
		t.Error("no silences are null, not an empty list")
	}
}

// Who acts is whom the password proved, whatever the request says.
func TestSilencedBy(t *testing.T) {
	for _, c := range []struct {
		sentence string
		trusted  bool
		user     string
		says     string
		want     string
	}{
		{"nobody was checked: it is what was said", false, "", "ada", "ada"},
		{"a name without a check proves nothing", false, "eve", "ada", "ada"},
		{"the user's name stands before what was said", true, "bot", "ada", "bot (ada)"},
		{"one name once", true, "ada", "ada", "ada"},
		{"the user's name alone will do", true, "ada", "", "ada"},
		{"our own answer comes back as it was", true, "bot", "bot (ada)", "bot (ada)"},
	} {
		d := newDaemon()
		d.trusted = c.trusted
		body := strings.Replace(posted("", 0, time.Hour), `"createdBy":"ada"`, fmt.Sprintf(`"createdBy":%q`, c.says), 1)
		if status, answer := d.askAs(t, c.user, "POST", "/api/v2/silences", body); status != 200 {
			t.Fatalf("%d %s", status, answer)
		}
		if got := d.silences[0].CreatedBy; got != c.want {
			t.Errorf("%s: %q, want %q", c.sentence, got, c.want)
		}
	}
}

// While the store fails nothing can be relied on, and it is said so (F13).
func TestSilenceWithoutStoreF13(t *testing.T) {
	d := newDaemon()
	id := d.silence(t, posted("", 0, time.Hour))
	d.fails = errDisk
	for method, path := range map[string]string{"POST": "/api/v2/silences", "DELETE": "/api/v2/silence/" + id} {
		status, answer := d.ask(t, method, path, posted("", 0, time.Hour))
		if status != 503 || !strings.Contains(answer, "it is not kept, so don't rely on it: the store is failing") {
			t.Errorf("%s: %d %s", method, status, answer)
		}
	}
	d.stuck = errDisk
	if status, answer := d.ask(t, "GET", "/api/v2/silences", ""); status != 503 || !strings.Contains(answer, "does not answer") {
		t.Errorf("%d %s", status, answer)
	}
}

func TestSilenceUnknown(t *testing.T) {
	for _, method := range []string{"GET", "DELETE"} {
		if status, answer := newDaemon().ask(t, method, "/api/v2/silence/nope", ""); status != 404 || !strings.Contains(answer, "nope") {
			t.Errorf("%s: %d %s", method, status, answer)
		}
	}
}
