"""Operations of training in C++, for who compiles them on their machine; no export contains one."""

from multimodal_zoo.native.operations import CompilerError, compile_operations, compiled_file

__all__ = ["CompilerError", "compile_operations", "compiled_file"]
