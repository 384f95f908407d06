"""The C++ rules of Bazel under the names of rules_cc.

Debian's rules_cc is newer than Debian's Bazel; the built-in rules are all that is needed.
"""

cc_library = native.cc_library
cc_binary = native.cc_binary
cc_test = native.cc_test
cc_import = native.cc_import
cc_proto_library = native.cc_proto_library
cc_toolchain = native.cc_toolchain
cc_toolchain_suite = native.cc_toolchain_suite
fdo_prefetch_hints = native.fdo_prefetch_hints
fdo_profile = native.fdo_profile
objc_library = native.objc_library

def _nothing(ctx):
    return []

compiler_flag = rule(implementation = _nothing)
cc_flags_supplier = rule(implementation = _nothing)
