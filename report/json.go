package report

import "io"

// problemsSchema names the form of the JSON. It changes when a key changes its meaning
// or goes; new keys may come.
const problemsSchema = "tocsin/problems/v1"

type jsonProblems struct {
	Schema   string        `json:"schema"`
	Version  string        `json:"version,omitempty"`
	Summary  jsonSummary   `json:"summary"`
	Problems []jsonProblem `json:"problems"`
	// Incomplete says what could not be looked at.
	Incomplete []string `json:"incomplete,omitempty"`
}

type jsonSummary struct {
	Files    int `json:"files"`
	Rules    int `json:"rules"`
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
}

type jsonProblem struct {
	File      string `json:"file,omitempty"`
	Line      int    `json:"line,omitempty"`
	Column    int    `json:"column,omitempty"`
	EndLine   int    `json:"endLine,omitempty"`
	EndColumn int    `json:"endColumn,omitempty"`
	Severity  string `json:"severity"`
	Code      string `json:"code"`
	Name      string `json:"name,omitempty"`
	Text      string `json:"text"`
	Hint      string `json:"hint,omitempty"`
}

func (p Problems) json(w io.Writer, all []found) error {
	out := jsonProblems{
		Schema: problemsSchema, Version: p.Version, Problems: []jsonProblem{},
		Summary: jsonSummary{Files: p.Files, Rules: p.Checked}, Incomplete: p.Incomplete,
	}
	for _, f := range all {
		if f.Warning {
			out.Summary.Warnings++
		} else {
			out.Summary.Errors++
		}
		j := jsonProblem{
			File: f.path, Line: f.region.line, Column: f.region.column, EndLine: f.region.endLine, EndColumn: f.region.endColumn,
			Severity: f.severity(), Code: f.Code, Text: f.Text, Hint: f.Hint,
		}
		if f.rule >= 0 {
			j.Name = p.Rules[f.rule].Name
		}
		out.Problems = append(out.Problems, j)
	}
	return encode(w, out)
}
