package convert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Report writes what became of files, as text or json.
func Report(out *bytes.Buffer, format string, results []Result) error {
	if format == "json" {
		return reportJSON(out, results)
	}
	for _, r := range results {
		for _, f := range r.Findings {
			f.text(out)
		}
	}
	fmt.Fprintln(out, tally(results).String())
	return nil
}

// text writes a line for the rule, and one for each note.
func (f Finding) text(out *bytes.Buffer) {
	at := fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Col, f.Alert)
	switch f.Outcome {
	case Converted:
		fmt.Fprintf(out, "%s: converted: %s\n", at, strings.Join(f.Levels, ", "))
	case Merged:
		fmt.Fprintf(out, "%s: one rule with line %d: %s: %s\n", at, f.With, f.Becomes, strings.Join(f.Levels, ", "))
	case Kept:
		fmt.Fprintf(out, "%s: kept: %s\n", at, f.Reason)
		if f.Reason.Hint != "" {
			fmt.Fprintf(out, "      hint: %s\n", f.Reason.Hint)
		}
	case Absorbed, Threshold, Recording: // the summary counts them
	}
	for _, n := range f.Notes {
		fmt.Fprintf(out, "      note: %s\n", n)
	}
}

// A Tally counts what became of rules.
type Tally struct {
	Rules     int `json:"rules"`
	Converted int `json:"converted"` // pairs not among them
	Pairs     int `json:"pairs"`
	Kept      int `json:"kept"`
	Threshold int `json:"threshold"`
	Recording int `json:"recording"`
}

func tally(results []Result) (t Tally) {
	for _, r := range results {
		for _, f := range r.Findings {
			t.Rules++
			switch f.Outcome {
			case Kept:
				t.Kept++
			case Converted:
				t.Converted++
			case Merged:
				t.Pairs++
			case Threshold:
				t.Threshold++
			case Recording:
				t.Recording++
			case Absorbed:
			}
		}
	}
	return t
}

// String says it in one line.
func (t Tally) String() string {
	parts := []string{
		count(t.Converted, "converted", "converted"),
		count(t.Pairs, "pair became one rule", "pairs became one rule each"),
		count(t.Kept, "kept", "kept"),
		count(t.Threshold, "had thresholds already", "had thresholds already"),
		count(t.Recording, "recording rule left to Prometheus", "recording rules left to Prometheus"),
	}
	s := count(t.Rules, "rule", "rules")
	if t.Rules == 0 {
		return "no rules"
	}
	sep := ": "
	for _, p := range parts {
		if !strings.HasPrefix(p, "0 ") {
			s += sep + p
			sep = ", "
		}
	}
	return s
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func reportJSON(out *bytes.Buffer, results []Result) error {
	type fileReport struct {
		File    string    `json:"file"`
		Changed bool      `json:"changed"`
		Rules   []Finding `json:"rules"`
	}
	all := struct {
		Files   []fileReport `json:"files"`
		Summary Tally        `json:"summary"`
	}{[]fileReport{}, tally(results)}
	for _, r := range results {
		all.Files = append(all.Files, fileReport{r.Name, r.Changed(), append([]Finding{}, r.Findings...)})
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(all)
}
