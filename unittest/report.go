package unittest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"tocsin/rules"
	"tocsin/rules/file"
)

// JSON writes results for programs. Coverage may be nil.
func JSON(out io.Writer, all []*Result, c *Coverage) error {
	r := jsonReport{Files: []jsonFile{}}
	for _, x := range all {
		r.Files = append(r.Files, jsonOf(x))
		r.Tests += len(x.Tests)
		r.Failed += x.FailedTests()
		r.Pass = len(all) > 0
	}
	for _, x := range all {
		r.Pass = r.Pass && !x.Failed()
	}
	if c != nil {
		r.Coverage = &jsonCoverage{Percent: c.Percent(), Rules: c.Rules()}
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

type jsonReport struct {
	Pass     bool          `json:"pass"`
	Tests    int           `json:"tests"`
	Failed   int           `json:"failed"`
	Files    []jsonFile    `json:"files"`
	Coverage *jsonCoverage `json:"coverage,omitempty"`
}

type jsonCoverage struct {
	Percent float64        `json:"percent"`
	Rules   []RuleCoverage `json:"rules"`
}

type jsonFile struct {
	File     string        `json:"file"`
	Pass     bool          `json:"pass"`
	Problems []jsonProblem `json:"problems,omitempty"`
	Tests    []jsonTest    `json:"tests"`
}

type jsonProblem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	Code    string `json:"code"`
	Text    string `json:"text"`
	Hint    string `json:"hint,omitempty"`
	Warning bool   `json:"warning,omitempty"`
}

type jsonTest struct {
	Name     string        `json:"name"`
	Line     int           `json:"line"`
	Pass     bool          `json:"pass"`
	Checks   int           `json:"checks"`
	Failures []jsonFailure `json:"failures,omitempty"`
	Notes    []string      `json:"notes,omitempty"`
	Trace    []string      `json:"trace,omitempty"`
}

type jsonFailure struct {
	Line  int      `json:"line"`
	Col   int      `json:"col"`
	At    string   `json:"at,omitempty"`
	What  string   `json:"what"`
	Diff  []string `json:"diff,omitempty"`
	Facts []string `json:"facts,omitempty"`
}

func jsonOf(r *Result) jsonFile {
	f := jsonFile{File: r.File, Pass: !r.Failed(), Tests: []jsonTest{}}
	for _, p := range r.Problems {
		f.Problems = append(f.Problems, jsonProblem{p.File, p.Line, p.Col, p.Code, p.Text, p.Hint, p.Warning})
	}
	for _, t := range r.Tests {
		j := jsonTest{Name: t.Name, Line: t.Place.Line, Pass: len(t.Failures) == 0, Checks: t.Checks}
		for _, x := range t.Failures {
			j.Failures = append(j.Failures, jsonFailure{x.Place.Line, x.Place.Col, x.At, x.What, diffText(x.Diff), x.Facts})
		}
		for _, n := range t.Notes {
			j.Notes = append(j.Notes, n.Text)
		}
		for _, s := range t.Trace {
			j.Trace = append(j.Trace, s.At+" "+s.Text)
		}
		f.Tests = append(f.Tests, j)
	}
	return f
}

func diffText(diff []Line) (all []string) {
	for _, l := range diff {
		all = append(all, l.Side.String()+" "+l.Text)
	}
	return all
}

// text is a failure in several lines.
func (f Failure) text() string {
	lines := append([]string{f.What}, diffText(f.Diff)...)
	for _, fact := range f.Facts {
		lines = append(lines, "then: "+fact)
	}
	return strings.Join(lines, "\n")
}

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Failure *junitMessage `xml:"failure"`
	Error   *junitMessage `xml:"error"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes results as CI systems read them: a suite per file, a case per test.
// A file that could not run is a case with an error.
func JUnit(out io.Writer, all []*Result) error {
	var r junitSuites
	for _, x := range all {
		r.Suites = append(r.Suites, junitOf(x))
	}
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(out)
	e.Indent("", "  ")
	if err := e.Encode(r); err != nil {
		return err
	}
	_, err := io.WriteString(out, "\n")
	return err
}

func junitOf(r *Result) junitSuite {
	s := junitSuite{Name: r.File, Tests: len(r.Tests), Failures: r.FailedTests()}
	if text := problemText(r.Problems); text != "" {
		s.Errors++
		s.Tests++
		s.Cases = append(s.Cases, junitCase{Name: "load", Class: r.File, File: r.File, Error: &junitMessage{"the tests did not run", printableLines(text)}})
	}
	for _, t := range r.Tests {
		c := junitCase{Name: t.Name, Class: r.File, File: r.File, Line: t.Place.Line}
		c.Failure = junitFailure(r.File, t.Failures)
		s.Cases = append(s.Cases, c)
	}
	return s
}

// junitFailure is all that failed in a test as one, for that is what is read of it.
func junitFailure(name string, all []Failure) *junitMessage {
	if len(all) == 0 {
		return nil
	}
	var texts []string
	for _, f := range all {
		texts = append(texts, place(name, f.Place)+" "+f.text())
	}
	head := printable(all[0].What)
	if len(all) > 1 {
		head += fmt.Sprintf(" (and %d more)", len(all)-1)
	}
	return &junitMessage{head, printableLines(strings.Join(texts, "\n\n"))}
}

func problemText(all []rules.Problem) string {
	var lines []string
	for _, p := range all {
		if !p.Warning {
			lines = append(lines, p.Error())
		}
	}
	return strings.Join(lines, "\n")
}

func printableLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = printable(lines[i])
	}
	return strings.Join(lines, "\n")
}

// GitHub writes failures as workflow commands, which GitHub shows at their lines.
func GitHub(out io.Writer, all []*Result) error {
	var b strings.Builder
	for _, r := range all {
		for _, p := range r.Problems {
			kind := "error"
			if p.Warning {
				kind = "warning"
			}
			b.WriteString(command(kind, p.File, file.Spot{Line: p.Line, Col: p.Col}, p.Code, p.Text))
		}
		for _, t := range r.Tests {
			for _, f := range t.Failures {
				b.WriteString(command("error", r.File, f.Place, t.Name, f.text()))
			}
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func command(kind, name string, at file.Spot, title, text string) string {
	value := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	body := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	return fmt.Sprintf("::%s file=%s,line=%d,col=%d,title=%s::%s\n", kind, value.Replace(name), max(at.Line, 1), max(at.Col, 1), value.Replace(title), body.Replace(text))
}
