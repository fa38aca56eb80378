using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Vitrine.Gateway.Tests")]
