"""clang-tidy over C++ targets and all they depend on: a cached action per source, a test over the reports."""

_Reports = provider(fields = ["files"])

# Options only gcc knows, or that turn warnings of another compiler into errors.
_SKIPPED = ("-Wno-free-nonheap-object", "-fno-canonical-system-headers", "-Werror", "-Wno-error")

def _aspect_impl(target, ctx):
    deps = [d[_Reports].files for d in getattr(ctx.rule.attr, "deps", []) if _Reports in d]
    if CcInfo not in target or not hasattr(ctx.rule.attr, "srcs") or ctx.label.workspace_name:
        return [_Reports(files = depset(transitive = deps))]
    context = target[CcInfo].compilation_context
    includes = (["-I" + d for d in context.includes.to_list()] +
                ["-iquote" + d for d in context.quote_includes.to_list()] +
                ["-isystem" + d for d in context.system_includes.to_list()] +
                ["-D" + d for d in context.defines.to_list()])
    sources = [
        f
        for src in ctx.rule.attr.srcs
        for f in src.files.to_list()
        if f.extension == "cc" and f.is_source
    ]
    reports = []
    for source in sources:
        report = ctx.actions.declare_file("%s.%s.clang_tidy" % (ctx.label.name, source.basename))
        ctx.actions.run_shell(
            inputs = depset([source] + ctx.files._config, transitive = [context.headers]),
            outputs = [report],
            arguments = [report.path, source.path] + includes,
            command = """
report=$1; source=$2; shift 2
if clang-tidy --quiet "$source" -- -std=c++20 -march=x86-64-v3 -iquote . "$@" >"$report.log" 2>/dev/null
then : >"$report"; else cat "$report.log" >"$report"; echo "clang-tidy: $source" >>"$report"; fi
rm -f "$report.log"
""",
            mnemonic = "ClangTidy",
            progress_message = "clang-tidy %s" % source.short_path,
            use_default_shell_env = True,
        )
        reports.append(report)
    return [_Reports(files = depset(reports, transitive = deps))]

_clang_tidy_aspect = aspect(
    implementation = _aspect_impl,
    attr_aspects = ["deps"],
    attrs = {"_config": attr.label(default = "//:.clang-tidy", allow_single_file = True)},
)

def _test_impl(ctx):
    reports = depset(transitive = [t[_Reports].files for t in ctx.attr.targets]).to_list()
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(script, is_executable = True, content = "\n".join(
        ["#!/bin/sh", "status=0"] +
        ["if [ -s '%s' ]; then cat '%s'; status=1; fi" % (r.short_path, r.short_path) for r in reports] +
        ["echo '%d sources checked'" % len(reports), "exit $status", ""],
    ))
    return [DefaultInfo(executable = script, runfiles = ctx.runfiles(files = reports))]

clang_tidy_test = rule(
    implementation = _test_impl,
    test = True,
    attrs = {"targets": attr.label_list(aspects = [_clang_tidy_aspect], mandatory = True)},
)
