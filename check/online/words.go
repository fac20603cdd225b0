package online

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules/file"
)

// named writes a name that a source or a rule has given: as it is if it is plain.
func named(name string) string {
	if model.LegacyValidation.IsValidMetricName(name) && len(name) <= mostText {
		return name
	}
	return quoted(name)
}

// mostText is how much of somebody else's text is quoted, in runes.
const mostText = 60

func quoted(s string) string { return strconv.Quote(cut(s, mostText)) }

// brief makes somebody else's text fit for a line.
func brief(s string) string { return strings.Join(strings.Fields(cut(s, 300)), " ") }

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// span writes a duration in days, or as Prometheus does.
func span(d time.Duration) string {
	if day := 24 * time.Hour; d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	return model.Duration(d).String()
}

// rounded writes how long something took.
func rounded(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

func instant(t model.Time) string { return t.Time().UTC().Format("2006-01-02 15:04 UTC") }

func count(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "s"): // series
		return fmt.Sprintf("%d %s", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// nearest returns the word that is most likely meant: one that is misspelt, or that lacks
// its last part, as requests does of requests_total.
func nearest(word string, all []string) string {
	var near, longer []string
	for _, w := range all {
		switch {
		case w == word || w == "":
		case strings.HasPrefix(w, word+"_"), strings.HasSuffix(w, "_"+word), strings.HasPrefix(word, w+"_"):
			longer = append(longer, w)
		case max(len(w)-len(word), len(word)-len(w)) <= 4: // the distance is no less
			near = append(near, w)
		}
	}
	if best := file.Nearest(word, near); best != "" {
		return best
	}
	if len(longer) == 0 {
		return ""
	}
	return slices.MinFunc(longer, func(a, b string) int {
		if d := apart(a, word) - apart(b, word); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

func apart(a, b string) int { return max(len(a)-len(b), len(b)-len(a)) }

// few lists words if they are few.
func few(all []string, write func(string) string) string {
	const most = 5
	var out []string
	for _, w := range all[:min(len(all), most)] {
		out = append(out, write(w))
	}
	if len(all) > most {
		out = append(out, fmt.Sprintf("and %d more", len(all)-most))
	}
	return strings.Join(out, ", ")
}
