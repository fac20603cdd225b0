package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// mostAnnotations is how many annotations of one kind GitHub shows of a step. What is
// beyond it is lost without a word, unless somebody says so.
const mostAnnotations = 10

// github writes workflow commands: mistakes first, no more of a kind than are shown.
func (p Problems) github(w io.Writer, all []found) error {
	var b strings.Builder
	for _, text := range p.Incomplete[:min(len(p.Incomplete), 1)] { // the log has the rest
		fmt.Fprintf(&b, "::notice title=tocsin check is incomplete::%s\n", githubData(text))
	}
	left := 0
	for _, kind := range []string{"error", "warning"} {
		n := 0
		for _, f := range all {
			if f.severity() != kind {
				continue
			}
			if n++; n > mostAnnotations {
				left++
				continue
			}
			fmt.Fprintf(&b, "::%s %s::%s\n", kind, githubProperties(f), githubData(f.message()))
		}
	}
	if left > 0 {
		fmt.Fprintf(&b, "::notice title=tocsin check::%d more, which GitHub would not show: see the log, or --report sarif\n", left)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func githubProperties(f found) string {
	var all []string
	add := func(name, value string) { all = append(all, name+"="+githubProperty(value)) }
	if f.path != "" {
		add("file", f.path)
	}
	if r := f.region; r.line > 0 {
		add("line", strconv.Itoa(r.line))
		switch {
		case r.endLine > r.line: // columns of a range over lines are refused
			add("endLine", strconv.Itoa(r.endLine))
		case r.endLine == r.line:
			add("col", strconv.Itoa(r.column))
			add("endColumn", strconv.Itoa(r.endColumn))
		default:
			add("col", strconv.Itoa(r.column))
		}
	}
	add("title", "tocsin "+f.Code)
	return strings.Join(all, ",")
}

// githubData escapes a message as actions/toolkit does.
func githubData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func githubProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
