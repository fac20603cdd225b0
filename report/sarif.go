package report

import (
	"io"
	"net/url"
	"path"
	"slices"
)

// SARIF 2.1.0, as much of it as problems need.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string       `json:"id"`
		Name             string       `json:"name"`
		ShortDescription sarifText    `json:"shortDescription"`
		Help             sarifText    `json:"help"`
		Default          sarifDefault `json:"defaultConfiguration"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    *int              `json:"ruleIndex,omitempty"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndLine     int `json:"endLine,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
)

const sarifSchema = "https://json.schemastore.org/sarif-2.1.0.json"

func (p Problems) sarif(w io.Writer, all []found) error {
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "tocsin", Version: p.Version, Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{p.invocation()}, ColumnKind: "unicodeCodePoints", Results: []sarifResult{},
	}
	for _, r := range p.Rules {
		if slices.ContainsFunc(all, func(f found) bool { return f.Code == r.Code }) {
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(r))
		}
	}
	for _, f := range all {
		run.Results = append(run.Results, sarifResultOf(f, run.Tool.Driver.Rules))
	}
	return encode(w, sarifLog{sarifSchema, "2.1.0", []sarifRun{run}})
}

// invocation says whether all could be looked at.
func (p Problems) invocation() sarifInvocation {
	i := sarifInvocation{Successful: len(p.Incomplete) == 0}
	for _, text := range p.Incomplete {
		i.Notifications = append(i.Notifications, sarifNotification{"error", sarifText{text}})
	}
	return i
}

func sarifRuleOf(r Rule) sarifRule {
	level := "error"
	if r.Warning {
		level = "warning"
	}
	return sarifRule{r.Code, r.Name, sarifText{r.Text}, sarifText{r.Help}, sarifDefault{level}}
}

func sarifResultOf(f found, known []sarifRule) sarifResult {
	out := sarifResult{
		RuleID: f.Code, Level: f.severity(), Message: sarifText{f.message()},
		Fingerprints: map[string]string{"tocsin/v1": f.mark},
	}
	if i := slices.IndexFunc(known, func(r sarifRule) bool { return r.ID == f.Code }); i >= 0 {
		out.RuleIndex = &i
	}
	if f.path == "" {
		return out
	}
	at := sarifPhysical{Artifact: sarifArtifact{uri(f.path)}}
	if r := f.region; r.line > 0 {
		at.Region = &sarifRegion{r.line, r.column, r.endLine, r.endColumn}
	}
	out.Locations = []sarifLocation{{at}}
	return out
}

// uri writes a path as a URI: a relative one against the folder of the run.
func uri(name string) string {
	if path.IsAbs(name) {
		return (&url.URL{Scheme: "file", Path: name}).String()
	}
	return (&url.URL{Path: name}).String()
}
