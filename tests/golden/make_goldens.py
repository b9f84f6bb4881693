"""Runs the public reference implementations on small random weights and keeps what they answer.

Needs the references themselves, see README.md in this folder; nothing of the project is imported.

    python make_goldens.py REFERENCES [NAME ...]
"""

import importlib
import importlib.util
import os
import re
import sys
import types
from pathlib import Path
from unittest import mock

import numpy as np

HERE = Path(__file__).parent
GOLDENS = {}


def golden(function):
    """Registers what makes NAME.npz under the name of the function."""
    GOLDENS[function.__name__] = function
    return function


def draws(seed, *shape, scale=1.0):
    return np.random.default_rng(seed).normal(scale=scale, size=shape).astype("float32")


def randomise(module, seed=0, scale=0.7):
    """Fills every parameter of a PyTorch module with normal draws, and takes it out of training."""
    import torch

    random = np.random.default_rng(seed)
    for parameter in module.parameters():
        value = random.normal(scale=scale, size=tuple(parameter.shape)).astype("float32")
        parameter.data = torch.from_numpy(value)
    return module.eval()


def weights_of(module, without="$^"):
    """The parameters under their own names, but those whose name has the pattern."""
    parameters = module.named_parameters()
    return {name: one.detach().numpy() for name, one in parameters if not re.search(without, name)}


def outputs_of(layers, run):
    """What `run()` gives, and what each of the named layers gave inside of it."""
    seen = {}
    hooks = [
        layer.register_forward_hook(lambda module, inputs, output, name=name: seen.update({name: output}))
        for name, layer in layers.items()
    ]
    result = run()
    for hook in hooks:
        hook.remove()
    return {"output": result.detach().numpy(), **{name: tensor.detach().numpy() for name, tensor in seen.items()}}


def module_at(path):
    """Imports one file as a module, without the package around it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def definitions_of(path, *names, **known):
    """Runs only the named classes and functions of a file whose other lines need what is not to be had."""
    text = path.read_text()
    for name in names:
        body = re.search(rf"^(class|def) {name}\b.*?(?=^\S|\Z)", text, flags=re.MULTILINE | re.DOTALL)[0]
        exec(compile(body, str(path), "exec"), known)
    return types.SimpleNamespace(**{name: known[name] for name in names})


# BLOCK and the operators it is compared with -----------------------------------------------------------------


def block_golden(name, scale=1.0, **arguments):
    import torch

    fusions = importlib.import_module("block.models.networks.fusions.fusions")
    model = randomise(getattr(fusions, name)([5, 4], 3, **arguments))
    # In the equations of the papers these maps have no bias.
    no_bias = r"^merge_linears.*bias$"
    for path, parameter in model.named_parameters():
        if re.search(no_bias, path):
            parameter.data.zero_()
    inputs = [draws(1, 7, 5, scale=scale), draws(2, 7, 4, scale=scale)]
    output = model([torch.from_numpy(one) for one in inputs]).detach().numpy()
    return {"input_0": inputs[0], "input_1": inputs[1], "output": output, **weights_of(model, no_bias)}


@golden
def block(references):
    # The scale keeps the entries away from zero, where the slope of their root is infinite.
    return block_golden("Block", mm_dim=6, chunks=2, rank=2, pos_norm="before_cat", scale=10.0)


@golden
def block_tucker(references):
    return block_golden("BlockTucker", mm_dim=6, chunks=2, pos_norm="after_cat", scale=3.0)


@golden
def mutan(references):
    return block_golden("Mutan", mm_dim=6, rank=2)


@golden
def tucker(references):
    return block_golden("Tucker", mm_dim=4)


@golden
def mlb(references):
    return block_golden("MLB", mm_dim=6, activ_input="tanh", activ_output=None)


@golden
def mfb(references):
    return block_golden("MFB", mm_dim=6, factor=3, activ_input=None, activ_output=None, normalize=True, scale=10.0)


@golden
def mfh(references):
    return block_golden("MFH", mm_dim=4, factor=3, activ_input=None, activ_output=None, normalize=True, scale=10.0)


@golden
def linear_sum(references):
    return block_golden("LinearSum", mm_dim=6, activ_input="relu", activ_output=None)


@golden
def concat_mlp(references):
    return block_golden("ConcatMLP", dimensions=[6], activation="relu")


@golden
def mcb(references):
    import torch

    with mock.patch.multiple(torch, create=True, **names_of_old_pytorch()):
        fusions = importlib.import_module("block.models.networks.fusions.fusions")
        torch.manual_seed(0)
        model = randomise(fusions.MCB([5, 4], 3, mm_dim=16, activ_output=None))
        inputs = [draws(1, 7, 5), draws(2, 7, 4)]
        seen = outputs_of({"pooled": model.mcb}, lambda: model([torch.from_numpy(one) for one in inputs]))
    sketches = {name: buffer.numpy() for name, buffer in model.named_buffers()}
    return {"input_0": inputs[0], "input_1": inputs[1], **seen, **sketches, **weights_of(model)}


def names_of_old_pytorch():
    """PyTorch before 1.8: transforms with real and imaginary parts along the last axis, another order for addcmul."""
    import torch

    addcmul = torch.addcmul
    return {
        "rfft": lambda x, dimensions: torch.view_as_real(torch.fft.rfft(x)),
        "irfft": lambda x, dimensions, signal_sizes: torch.fft.irfft(torch.view_as_complex(x), n=signal_sizes[0]),
        "addcmul": lambda x, value, y, z: addcmul(x, y, z, value=value),
    }


# Tensor fusion and low-rank tensor fusion --------------------------------------------------------------------


def sentiment_golden(model, after):
    """A network of audio, video and text by its encodings and what the layer `after` gives, or the whole."""
    import torch

    inputs = [torch.from_numpy(draws(seed, 7, *shape)) for seed, shape in ((1, (5,)), (2, (6,)), (3, (4, 5)))]
    encoders = {name: getattr(model, f"{name}_subnet") for name in ("audio", "video", "text")}
    seen = outputs_of({**encoders, **({"fused": after} if after else {})}, lambda: model(*inputs))
    return {"fused": seen["output"], **{name: seen[name] for name in seen if name != "output"}}


@golden
def tensor_fusion(references):
    networks = module_at(references / "TensorFusionNetworks" / "model.py")
    model = randomise(networks.TFN((5, 6, 5), (2, 3, 4), 4, (0.0, 0.0, 0.0, 0.0), 3))
    return {**sentiment_golden(model, model.post_fusion_layer_1), **weights_of(model.post_fusion_layer_1)}


@golden
def low_rank_tensor_fusion(references):
    networks = module_at(references / "Low-rank-Multimodal-Fusion" / "model.py")
    model = randomise(networks.LMF((5, 6, 5), (2, 3, 4), 4, (0.0, 0.0, 0.0, 0.0), 3, rank=2))
    return {**sentiment_golden(model, None), **weights_of(model, "subnet")}


# Losses of two modalities in one space -----------------------------------------------------------------------


def loss_golden(loss_of, **weights):
    """The loss of two batches of embeddings, and its gradients by them and by the weights."""
    import torch

    image, text = (torch.from_numpy(draws(seed, 6, 5)).requires_grad_() for seed in (1, 2))
    weights = {name: torch.tensor(value, requires_grad=True) for name, value in weights.items()}
    unit = [torch.nn.functional.normalize(one, dim=-1) for one in (image, text)]
    loss = loss_of(*unit, *weights.values())
    loss.backward()
    found = {"image": image, "text": text, **weights}
    gradients = {f"gradient_{name}": tensor.grad.numpy() for name, tensor in found.items()}
    return {"loss": loss.detach().numpy(), **gradients, **{name: one.detach().numpy() for name, one in found.items()}}


def open_clip_losses():
    package = importlib.util.find_spec("open_clip").submodule_search_locations[0]
    return module_at(Path(package) / "loss.py")


@golden
def clip_loss(references):
    loss = open_clip_losses().ClipLoss()
    return loss_golden(lambda image, text, log_scale: loss(image, text, log_scale.exp()), log_scale=2.5)


@golden
def siglip_loss(references):
    loss = open_clip_losses().SigLipLoss()
    return loss_golden(
        lambda image, text, log_scale, bias: loss(image, text, log_scale.exp(), bias), log_scale=2.0, bias=-3.0
    )


def ranking_golden(references, **arguments):
    import torch

    names = ("cosine_sim", "order_sim", "ContrastiveLoss")
    known = {"torch": torch, "nn": torch.nn, "Variable": torch.autograd.Variable}
    file = definitions_of(references / "vsepp" / "model.py", *names, **known)
    return loss_golden(file.ContrastiveLoss(**arguments))


@golden
def max_margin_sum(references):
    return ranking_golden(references, margin=0.2)


@golden
def max_margin_hardest(references):
    return ranking_golden(references, margin=0.2, max_violation=True)


# Recommenders ------------------------------------------------------------------------------------------------


def deepctr(part):
    """A part of DeepCTR, which is made for Keras before version 3 and, on import, asks for its newest version."""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    sys.modules["requests"] = types.ModuleType("requests")
    return importlib.import_module(f"deepctr.{part}")


@golden
def factorization_machine(references):
    vectors = draws(1, 7, 4, 3)
    return {"vectors": vectors, "output": deepctr("layers.interaction").FM()(vectors).numpy()}


@golden
def deepfm(references):
    field = deepctr("feature_column").SparseFeat
    fields = [field("user", 9, 3), field("item", 7, 3), field("day", 5, 3)]
    model = deepctr("models").DeepFM(fields, fields, dnn_hidden_units=(6, 4))
    random = np.random.default_rng(0)
    model.set_weights([random.normal(scale=0.7, size=weight.shape) for weight in model.get_weights()])
    # Id 0 is padding for us, and an id like the others there.
    inputs = {field.name: random.integers(1, field.vocabulary_size, 8).astype("int32") for field in fields}
    weights = {weight.name.split(":")[0]: weight.numpy() for weight in model.weights}
    output = model.predict(inputs, verbose=0)
    return {**{f"input_{name}": ids for name, ids in inputs.items()}, "output": output, **weights}


# Sequences ---------------------------------------------------------------------------------------------------


@golden
def lstnet(references):
    import torch

    network = module_at(references / "LSTNet" / "models" / "LSTNet.py").Model
    size = {"window": 13, "hidRNN": 4, "hidCNN": 5, "hidSkip": 3, "CNN_kernel": 3, "skip": 2, "highway_window": 4}
    model = network(types.SimpleNamespace(**size, cuda=False, dropout=0.0, output_fun=None), types.SimpleNamespace(m=2))
    randomise(model)
    # The reference has no zeros before the series, the paper does. Series that begin with zeros, and biases that
    # leave a state of zero as it is, make both the same.
    model.conv1.bias.data = -model.conv1.bias.data.abs()
    for gru in (model.GRU1, model.GRUskip):
        for bias in (gru.bias_ih_l0, gru.bias_hh_l0):
            bias.data[2 * gru.hidden_size :] = 0
    series = draws(1, 5, 13, 2)
    series[:, :3] = 0
    return {"series": series, "output": model(torch.from_numpy(series)).detach().numpy(), **weights_of(model)}


@golden
def memory_fusion(references):
    import torch

    known = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    network = definitions_of(references / "MFN" / "test_mosi.py", "MFN", **known).MFN
    hidden = {"shapes": 4, "drop": 0.0}
    sizes = {"input_dims": [5, 4, 3], "h_dims": [3, 3, 3], "memsize": 4, "windowsize": 2}
    model = randomise(network(sizes, hidden, hidden, hidden, hidden, hidden))
    # In the paper the gates see the attended memories alone.
    for gate in (model.gamma1_fc1, model.gamma2_fc1):
        gate.weight.data[:, -4:] = 0
    inputs = torch.from_numpy(draws(1, 6, 7, 12))
    states = {}
    model.out_fc1.register_forward_pre_hook(lambda module, arguments: states.update(output=arguments[0]))
    with mock.patch.object(torch.Tensor, "cuda", lambda tensor: tensor):
        model(inputs)
    return {"sequences": inputs.numpy(), "output": states["output"].detach().numpy(), **weights_of(model, "^out_")}


@golden
def cross_modal_block(references):
    import torch

    attention = module_at(references / "Multimodal-Transformer" / "modules" / "multihead_attention.py")
    file = definitions_of(
        references / "Multimodal-Transformer" / "modules" / "transformer.py",
        *("TransformerEncoderLayer", "Linear", "LayerNorm"),
        **{"nn": torch.nn, "F": torch.nn.functional, "MultiheadAttention": attention.MultiheadAttention},
    )
    model = randomise(file.TransformerEncoderLayer(6, num_heads=2))
    # Our attention has no biases.
    model.self_attn.in_proj_bias.data.zero_()
    model.self_attn.out_proj.bias.data.zero_()
    stream, other = draws(1, 4, 7, 6), draws(2, 5, 7, 6)
    output = model(*(torch.from_numpy(one) for one in (stream, other, other)))
    return {
        "stream": stream,
        "other": other,
        "output": output.detach().numpy(),
        **weights_of(model, "^self_attn.*bias"),
    }


@golden
def misa_losses(references):
    """The two losses of MISA that keep what modalities share apart from what each says alone."""
    import torch

    package = importlib.util.find_spec("MMSA").submodule_search_locations[0]
    file = definitions_of(
        Path(package) / "trains" / "singleTask" / "MISA.py", "DiffLoss", "CMD", torch=torch, nn=torch.nn
    )
    first, second = draws(1, 6, 5), draws(2, 6, 5, scale=2.0)
    pair = [torch.from_numpy(one) for one in (first, second)]
    return {
        "first": first,
        "second": second,
        "difference": file.DiffLoss()(*pair).numpy(),
        "discrepancy": file.CMD()(*pair, 5).numpy(),
    }


def main(references, *names):
    for name in names or GOLDENS:
        arrays = GOLDENS[name](Path(references))
        np.savez_compressed(HERE / f"{name}.npz", **arrays)
        print(f"{name}: {', '.join(arrays)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
