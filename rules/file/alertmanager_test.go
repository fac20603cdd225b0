package file_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"tocsin/rules"
	"tocsin/rules/file"
)

var update = flag.Bool("update", false, "write what is loaded into ../../testdata")

// Each archive is an alertmanager.yml that Alertmanager itself loads, and what it
// means here: no error, and a warning for each departure that concerns it.
func TestAlertmanagerConfigs(t *testing.T) {
	names, err := filepath.Glob("../../testdata/alertmanager/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := meaning(t, string(archive.Files[0].Data))
			if *update {
				archive.Files[1].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
				t.Errorf("want - got +\n%s", diff)
			}
		})
	}
}

func meaning(t *testing.T, config string) string {
	t.Helper()
	l, problems := file.Load(file.Options{Files: file.Memory{"alertmanager.yml": config}, ConfigFile: "alertmanager.yml", Mute: true})
	if l == nil {
		t.Fatal(problems)
	}
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintln(&b, p)
	}
	printRoute(&b, l.Core.Route, "")
	for _, r := range l.Core.Inhibit {
		fmt.Fprintf(&b, "inhibit %q: %s -> %s equal %v\n", r.Name, r.Source, r.Target, r.Equal)
	}
	for _, r := range l.Core.Receivers {
		fmt.Fprintf(&b, "receiver %s %s\n", r.Name, r.Labels)
		for _, in := range r.Integrations {
			fmt.Fprintf(&b, "  %s: resolved %v, threads %v\n", in.Kind, in.SendResolved, in.Threads)
			printParts(&b, l.Slack[in.Key].Parts)
			if body := l.Webhook[in.Key].Payload; body != nil {
				fmt.Fprintf(&b, "    payload %#v\n", body)
			}
		}
	}
	return b.String()
}

func printParts(b *strings.Builder, p file.SlackParts) {
	for _, part := range [][2]string{
		{"color", p.Color},
		{"title_link", p.TitleLink},
		{"pretext", p.Pretext},
		{"message_text", p.MessageText},
		{"fallback", p.Fallback},
		{"footer", p.Footer},
		{"image_url", p.ImageURL},
		{"thumb_url", p.ThumbURL},
	} {
		if part[1] != "" {
			fmt.Fprintf(b, "    %s: %s\n", part[0], part[1])
		}
	}
	for _, f := range p.Fields {
		fmt.Fprintf(b, "    field %q: %q, short %v\n", f.Title, f.Value, f.Short)
	}
	for _, a := range p.Actions {
		fmt.Fprintf(b, "    button %q to %s, style %q\n", a.Text, a.URL, a.Style)
	}
}

func printRoute(b *strings.Builder, r *rules.Route, indent string) {
	fmt.Fprintf(b, "%sroute %s to %s, continue %v, by %v (all %v), %v %v %v\n",
		indent, r.ID, r.Receiver, r.Continue, r.GroupBy, r.GroupByAll, r.GroupWait, r.GroupInterval, r.RepeatInterval)
	indent += "  "
	for _, l := range r.Labels {
		fmt.Fprintf(b, "%slabel %s: %s\n", indent, l.Name, l.Text)
	}
	printTimes(b, indent+"muted", r.MuteTimes)
	printTimes(b, indent+"active", r.ActiveTimes)
	for _, child := range r.Routes {
		printRoute(b, child, indent)
	}
}

func printTimes(b *strings.Builder, what string, all []*rules.Times) {
	for _, times := range all {
		for _, v := range times.Intervals {
			fmt.Fprintf(b, "%s %s: minutes %v, weekdays %v, days %v, months %v, years %v, %v\n", what, times.Name,
				v.Ranges, v.Days.Weekdays, v.Days.DaysOfMonth, v.Days.Months, v.Days.Years, v.Location)
		}
	}
}
