package main

import "tocsin/web/people"

type silenceCommand struct {
	Add     silenceAdd     `cmd:"" help:"Make a silence: show what it matches, then print its id."`
	Preview silencePreview `cmd:"" help:"Show what a silence would match now; none is made."`
	List    silenceList    `cmd:"" help:"List silences that are in force or to come."`
	Expire  silenceExpire  `cmd:"" help:"End silences."`
}

// matcherArgs are the matchers of a silence.
type matcherArgs struct {
	Matchers []string `arg:"" name:"matcher" complete:"nothing" help:"Matchers as in Alertmanager, such as alertname=ApiLatencyP95 or 'route=~/api/.*'. A first one without an operator is the name of an alert."`
}

func (a matcherArgs) parse() ([]people.Matcher, error) {
	ms, err := people.ParseArguments(a.Matchers)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return people.NewMatchers(ms), nil
}
