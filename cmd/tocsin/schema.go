package main

import (
	"tocsin/rules/file"
)

type schemaCommand struct {
	Kind string `arg:"" enum:"rules,config,tests,thresholds" help:"Which files it is for: ${enum}."`
}

// Help tells how editors use it.
func (schemaCommand) Help() string {
	return "Editors that know YAML show what a key is for, complete it, and mark what is wrong. Write the schema to a file once, as in\n\n" +
		"  tocsin schema rules > schema/rules.schema.json\n\n" +
		"and name it, from the folder of each file, in the file's first line:\n\n" +
		"  # yaml-language-server: $schema=../schema/rules.schema.json\n\n" +
		"A schema knows the shape of a file; tocsin check knows what it means."
}

// Run prints the schema.
func (c schemaCommand) Run(w process) error {
	b, err := file.Schema(c.Kind)
	if err != nil {
		return err
	}
	_, err = w.out.Write(b)
	return err
}
