"""Pictures of a plan and of what became of it: SVG and pages that stand by themselves.

In charge of layout and of marks. Pure: it takes the JSON of `extensions.plan` and gives
text. Must never ask anybody anything, nor let a text of a plan become markup.
"""
